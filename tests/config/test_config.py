"""The configuration: everything wrong is said at once, in words that help (R10)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from connectors.woocommerce.settings import WooCommerceSettings
from orderferry.config import load
from orderferry.errors import ConfigError
from orderferry.settings import DaemonSettings

ENVIRON = {"ID": "id-1", "SECRET": "s3cret-1", "KEY": "ck_1", "KEY_SECRET": "cs_1"}

ATLAST = """
[atlast]
client_id = "env:ID"
client_secret = "env:SECRET"
"""

BOLT = """
[merchants.bolt]
platform = "woocommerce"
[merchants.bolt.woocommerce]
url = "https://bolt.example.com"
consumer_key = "env:KEY"
consumer_secret = "env:KEY_SECRET"
"""


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def faults(path: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, ENVIRON if environ is None else environ)
    return [str(fault).removeprefix(f"{path.parent}/") for fault in caught.value.faults]


def test_the_smallest_configuration_takes_every_default(tmp_path: Path) -> None:
    config = load(write(tmp_path, ATLAST + BOLT), ENVIRON)

    bolt = config.merchants["bolt"]
    assert config.daemon == DaemonSettings()
    assert config.state_path == tmp_path / "orderferry.db"
    assert bolt.first_sync == timedelta(days=60)
    assert bolt.policy.tracking_wait == timedelta(hours=24)
    assert bolt.policy.merchant_id is None
    assert bolt.atlast.token_url == "https://api.atlast.co/oauth2/token"
    assert isinstance(bolt.settings, WooCommerceSettings)
    assert bolt.settings.shipped_statuses == ("completed",)
    assert bolt.where == "https://bolt.example.com"


def test_five_faults_are_all_named_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
[daemon]
poll_evry = "5m"
workers = 0
[atlast]
client_id = "env:ID"
client_secret = "s3cret-in-plain-sight"
[merchants.bolt]
platform = "woocomerce"
[merchants.acorn]
platform = "woocommerce"
[merchants.acorn.woocommerce]
url = "https://acorn.example.com"
consumer_key = "env:ACORN_KEY"
consumer_secret = "env:KEY_SECRET"
timeout = 60
""",
    )

    assert faults(path) == [
        'config.toml: atlast.client_secret is not a reference; write "env:NAME" or "file:PATH",'
        " never the secret itself.",
        "config.toml: daemon.poll_evry is unknown (did you mean poll_every?);"
        " correct or remove it.",
        "config.toml: daemon.workers = 0 is too small; write 1 or more.",
        "config.toml: merchants.acorn.woocommerce.consumer_key env:ACORN_KEY is not set; export"
        " ACORN_KEY for the user that runs orderferry.",
        "config.toml: merchants.acorn.woocommerce.timeout = 60 is not a duration; write a whole"
        ' number and a unit, for example "90m".',
        "config.toml: merchants.bolt.platform = 'woocomerce' has no installed connector (installed:"
        " shopify, woocommerce; did you mean woocommerce?). Correct the spelling, or install the"
        " package that provides it.",
    ]


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("shpat_0123456789abcdef0123456789abcdef", id="Shopify's access token"),
        pytest.param("shpss_0123456789abcdef0123456789abcdef", id="Shopify's client secret"),
        pytest.param("ck_0123456789abcdef", id="WooCommerce's key, cut off"),
        pytest.param("cs_0123456789abcdef0123456789abcdef01234567", id="WooCommerce's secret"),
        pytest.param("0123456789abcdef0123456789abcdef", id="whatever is as long"),
        pytest.param("https://bolt.example/?consumer_secret=cs_0123456789abcdef", id="in a URL"),
    ],
)
@pytest.mark.parametrize("key", ["auth", "timeout", "shipped_statuses", "time_zne"])
def test_a_key_in_the_wrong_line_is_not_repeated(tmp_path: Path, key: str, pasted: str) -> None:
    (fault,) = faults(write(tmp_path, f'{ATLAST}{BOLT}{key} = "{pasted}"\n'))

    assert "456789abcdef" not in fault
    assert f"merchants.bolt.woocommerce.{key}" in fault


def test_a_long_value_that_is_no_key_is_told(tmp_path: Path) -> None:
    (fault,) = faults(write(tmp_path, f'{ATLAST}{BOLT}timeout = "as long as it takes the shop"\n'))

    assert "= 'as long as it takes the shop' is not a duration" in fault


@pytest.mark.parametrize(
    ("table", "line", "expected"),
    [
        pytest.param(
            "daemon", 'poll_every = "9999999d"', 'is too large; write "3650d" or less.', id="d"
        ),
        pytest.param(
            "daemon",
            f'overlap = "{"9" * 5000}s"',
            'is too large; write "3650d" or less.',
            id="a number of 5000 digits",
        ),
        pytest.param("daemon", 'poll_every = "0s"', 'is too small; write "1s" or more.', id="0s"),
        pytest.param("daemon", 'sweep_every = "0h"', 'is too small; write "1s" or more.', id="0h"),
        pytest.param("daemon", 'run_deadline = "0m"', 'is too small; write "1s" or more.', id="0m"),
        pytest.param(
            "daemon", 'keep_orders = "74d"', 'is too small; write "75d" or more.', id="a month"
        ),
        pytest.param("atlast", 'timeout = "0s"', 'is too small; write "1s" or more.', id="push"),
        pytest.param("atlast", 'timeout = "71s"', 'is too large; write "70s" or less.', id="lease"),
        pytest.param("shop", 'timeout = "0s"', 'is too small; write "1s" or more.', id="shop"),
        pytest.param("shop", 'timeout = "61m"', 'is too large; write "60m" or less.', id="hour"),
        pytest.param("daemon", "workers = 257", "is too large; write 256 or less.", id="a number"),
    ],
)
def test_a_value_beyond_its_bounds_is_told_the_bound_as_it_is_written(
    tmp_path: Path, table: str, line: str, expected: str
) -> None:
    lines = {table: line}
    text = (
        f"[daemon]\n{lines.get('daemon', '')}\n{ATLAST}{lines.get('atlast', '')}\n"
        f"{BOLT}{lines.get('shop', '')}\n"
    )

    (fault,) = faults(write(tmp_path, text))

    assert f".{line.split(maxsplit=1)[0]} " in fault
    assert fault.endswith(expected)


def test_durations_at_their_bounds_are_accepted(tmp_path: Path) -> None:
    daemon = '[daemon]\npoll_every = "1s"\noverlap = "0s"\nsettle_delay = "0s"\n'

    config = load(write(tmp_path, daemon + ATLAST + BOLT), ENVIRON)
    longest = load(write(tmp_path, '[daemon]\npoll_every = "3650d"\n' + ATLAST + BOLT), ENVIRON)

    assert config.daemon.poll_every == timedelta(seconds=1)
    assert config.daemon.overlap == timedelta()
    assert longest.daemon.poll_every == timedelta(days=3650)


def test_a_secret_in_plain_sight_is_never_repeated(tmp_path: Path) -> None:
    path = write(tmp_path, ATLAST + BOLT.replace("env:KEY_SECRET", "cs_in_plain_sight"))

    (fault,) = faults(path)

    assert "cs_in_plain_sight" not in fault


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[daemon", "is not valid TOML", id="broken TOML"),
        pytest.param(ATLAST, "merchants has no merchant", id="no merchant"),
        pytest.param(
            ATLAST + BOLT + "\n[atlst]\n",
            "atlst is unknown (did you mean atlast?)",
            id="unknown table",
        ),
        pytest.param(
            ATLAST + BOLT + "\n[merchants.bolt.order]\n",
            "merchants.bolt.order is unknown (did you mean orders?)",
            id="unknown merchant table",
        ),
        pytest.param(BOLT, "atlast.client_id is missing; add it.", id="no account"),
        pytest.param(
            ATLAST + BOLT + '[merchants.bolt.orders]\nprices = "brutto"\n',
            "merchants.bolt.orders.prices = 'brutto' is not valid",
            id="not one of the choices",
        ),
        pytest.param(
            ATLAST + BOLT + '[merchants.bolt.orders]\norder_id = "bolt"\n',
            "merchants.bolt.orders.order_id = 'bolt' must hold {id}",
            id="template without id",
        ),
        pytest.param(
            ATLAST + BOLT + '[merchants.bolt.orders]\nfirst_sync = "61d"\n',
            "merchants.bolt.orders.first_sync = '61d' is too large; write \"60d\" or less.",
            id="further back than At Last takes",
        ),
        pytest.param(
            ATLAST + BOLT.replace("https://bolt", "ftp://bolt"),
            "is not a shop address",
            id="not a shop address",
        ),
        pytest.param(
            ATLAST + 'base_url = "http://api.example.com"\n' + BOLT,
            "must begin with https://",
            id="At Last over plain http",
        ),
        pytest.param(
            ATLAST + BOLT.replace("merchants.bolt", 'merchants."bolt shop"'),
            "is not a usable name",
            id="unusable name",
        ),
        pytest.param('include = "x"\n' + ATLAST + BOLT, "include is not a list", id="include"),
        pytest.param("merchants = 1\n" + ATLAST, "merchants is not a table", id="merchants"),
        pytest.param("atlast = 1\n" + BOLT, "atlast is not a table", id="atlast"),
    ],
)
def test_a_fault_names_file_key_and_remedy(tmp_path: Path, text: str, expected: str) -> None:
    found = faults(write(tmp_path, text))

    assert any(expected in fault for fault in found), found
    assert all(fault.startswith("config.toml: ") for fault in found)


def test_a_missing_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.toml") == [
        "none.toml: does not exist; name another with --config, or write one."
    ]


def test_an_empty_secret_is_a_fault(tmp_path: Path) -> None:
    path = write(tmp_path, ATLAST + BOLT)

    assert faults(path, {**ENVIRON, "KEY": " "}) == [
        "config.toml: merchants.bolt.woocommerce.consumer_key env:KEY is empty;"
        " put the secret there."
    ]


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    write(tmp_path, "cs_from_file\n", "secrets/bolt")
    path = write(tmp_path, ATLAST + BOLT.replace("env:KEY_SECRET", "file:secrets/bolt"))

    settings = load(path, ENVIRON).merchants["bolt"].settings

    assert isinstance(settings, WooCommerceSettings)
    assert settings.consumer_secret.get_secret_value() == "cs_from_file"


def test_a_secret_comes_from_systemds_credentials(tmp_path: Path) -> None:
    reference = "file:$CREDENTIALS_DIRECTORY/secret_bolt"
    path = write(tmp_path, ATLAST + BOLT.replace("env:KEY_SECRET", reference))
    write(tmp_path / "credentials", "cs_2\n", "secret_bolt")

    unset = faults(path)
    config = load(path, {**ENVIRON, "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})

    settings = config.merchants["bolt"].settings
    assert isinstance(settings, WooCommerceSettings)
    assert settings.consumer_secret.get_secret_value() == "cs_2"
    assert unset == [
        f"config.toml: merchants.bolt.woocommerce.consumer_secret {reference} cannot be read"
        " (CREDENTIALS_DIRECTORY is not set); systemd sets it for a service with LoadCredential=,"
        " elsewhere export it: the folder that holds the secrets."
    ]


def test_a_ca_bundle_must_hold_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.private_key_pem.write_to_path(str(tmp_path / "key.pem"))

    def told(bundle: str) -> list[str]:
        return faults(write(tmp_path, f'{ATLAST}ca_bundle = "{bundle}"\n{BOLT}'))

    config = load(write(tmp_path, f'{ATLAST}ca_bundle = "ca.pem"\n{BOLT}'), ENVIRON)
    assert config.merchants["bolt"].atlast.ca_bundle == str(tmp_path / "ca.pem")
    assert told("key.pem") == [
        "config.toml: atlast.ca_bundle = 'key.pem' holds no PEM certificate; name the file of the"
        " authority's certificate, which begins with -----BEGIN CERTIFICATE-----."
    ]
    assert told("~nobody-like-that/ca.pem") == [
        "config.toml: atlast.ca_bundle = '~nobody-like-that/ca.pem' cannot be read (there is no"
        " such user); correct the path."
    ]


def test_without_secrets_nothing_is_read_from_the_environment(tmp_path: Path) -> None:
    config = load(write(tmp_path, ATLAST + BOLT), {}, secrets=False)

    assert config.merchants["bolt"].account == load(config.path, ENVIRON).merchants["bolt"].account


def test_each_merchant_may_have_a_file_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, 'include = ["merchants.d/*.toml"]\n' + ATLAST)
    write(tmp_path, BOLT, "merchants.d/bolt.toml")

    assert list(load(path, ENVIRON).merchants) == ["bolt"]


def test_a_link_to_nothing_among_the_included_files_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, 'include = ["merchants.d/*.toml"]\n' + ATLAST + BOLT)
    (tmp_path / "merchants.d").mkdir()
    (tmp_path / "merchants.d" / "cove.toml").symlink_to(tmp_path / "nowhere.toml")

    assert faults(path) == [
        "merchants.d/cove.toml: is a link to nothing; correct or remove it.",
    ]


def test_a_word_that_is_no_choice_is_told_once(tmp_path: Path) -> None:
    alerts = '[alerts]\nurl = "env:SECRET"\non = ["nosuch"]\n'

    (fault,) = faults(
        write(tmp_path, ATLAST + BOLT + alerts), {**ENVIRON, "SECRET": "https://hook.example"}
    )

    assert fault.startswith("config.toml: alerts.on.0 = 'nosuch' is not valid: input should be")


def test_a_fault_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'include = ["merchants.d/*.toml"]\n' + ATLAST + BOLT)
    write(tmp_path, BOLT + "[daemon]\n", "merchants.d/again.toml")

    assert faults(path) == [
        "merchants.d/again.toml: daemon does not belong in an included file; only [merchants.NAME]"
        " does.",
        "merchants.d/again.toml: merchants.bolt is also defined in config.toml; give one of them"
        " another name.",
    ]


def test_a_merchants_own_account_overrides_the_shared_one(tmp_path: Path) -> None:
    text = ATLAST + BOLT + '[merchants.bolt.atlast]\nbatch_size = 7\nclient_id = "env:KEY"\n'

    bolt = load(write(tmp_path, text), ENVIRON).merchants["bolt"]

    assert bolt.atlast.batch_size == 7
    assert bolt.atlast.client_id.get_secret_value() == "ck_1"
    assert bolt.atlast.client_secret.get_secret_value() == "s3cret-1"


@pytest.mark.parametrize(
    ("first", "second", "collides"),
    [
        pytest.param("", "", True, id="both plain"),
        pytest.param('order_id = "bolt-{id}"', "", True, id="a prefix beside none"),
        pytest.param('order_id = "bolt-{id}"', 'order_id = "acorn-{id}"', False, id="two prefixes"),
        pytest.param('order_id = "b{id}"', 'order_id = "b1{id}"', True, id="prefix of a prefix"),
        pytest.param('order_id = "{id}-b"', 'order_id = "{id}-a"', False, id="two suffixes"),
    ],
)
def test_two_merchants_that_could_produce_equal_ids_are_refused(
    tmp_path: Path, first: str, second: str, *, collides: bool
) -> None:
    text = ATLAST + BOLT + BOLT.replace("bolt", "acorn")
    text += f"[merchants.bolt.orders]\n{first}\n[merchants.acorn.orders]\n{second}\n"
    path = write(tmp_path, text)

    if collides:
        (fault,) = faults(path)
        assert "can produce the same order ids as bolt in the same At Last account" in fault
    else:
        assert len(load(path, ENVIRON).merchants) == 2


def test_merchant_ids_of_their_own_keep_equal_ids_apart(tmp_path: Path) -> None:
    text = ATLAST + BOLT.replace("[merchants.bolt]", '[merchants.bolt]\nmerchant_id = "m-1"')
    text += BOLT.replace("bolt", "acorn").replace(
        "[merchants.acorn]", '[merchants.acorn]\nmerchant_id = "m-2"'
    )

    assert len(load(write(tmp_path, text), ENVIRON).merchants) == 2


LOOPBACK_ONLY = (
    'lets other machines in; set it to "env:NAME" or "file:PATH", or listen on "127.0.0.1:8321".'
)


@pytest.mark.parametrize(
    ("daemon", "fault"),
    [
        pytest.param(
            'status_listen = "0.0.0.0:8321"',
            f"daemon.status_token is missing, and status_listen = '0.0.0.0:8321' {LOOPBACK_ONLY}",
            id="every address, no token",
        ),
        pytest.param(
            'status_listen = "[::]:8321"',
            f"daemon.status_token is missing, and status_listen = '[::]:8321' {LOOPBACK_ONLY}",
            id="every address of IPv6, no token",
        ),
        pytest.param(
            'status_listen = "ferry.internal:80"',
            "daemon.status_token is missing, and status_listen = 'ferry.internal:80'"
            f" {LOOPBACK_ONLY}",
            id="a name, no token",
        ),
        pytest.param(
            'status_listen = "8321"',
            "daemon.status_listen = '8321' is not an address to listen on; write it like"
            ' "127.0.0.1:8321".',
            id="a port alone",
        ),
        pytest.param(
            'status_listen = "127.0.0.1:70000"',
            "daemon.status_listen = '127.0.0.1:70000' is not an address to listen on; write it like"
            ' "127.0.0.1:8321".',
            id="no such port",
        ),
        pytest.param(
            'status_token = "env:SHORT"',
            "daemon.status_token is too short to keep anybody out; take 16 characters or more, for"
            " example from: openssl rand -hex 24.",
            id="a short token",
        ),
        pytest.param(
            'status_token = "sixteen-characters"',
            'daemon.status_token is not a reference; write "env:NAME" or "file:PATH", never the'
            " secret itself.",
            id="the token itself",
        ),
        pytest.param(
            'status_url = "http://ferry.example.com"',
            "daemon.status_url = 'http://ferry.example.com' must begin with https:// (plain http"
            " only for a simulator on loopback).",
            id="a public address without TLS",
        ),
        pytest.param(
            'status_url = "https://ferry.example.com/orders"',
            "daemon.status_url = 'https://ferry.example.com/orders' has a path; the page is served"
            ' at the root of a host ("https://HOST").',
            id="an address with a path",
        ),
    ],
)
def test_a_status_page_that_is_not_safe_is_a_fault(tmp_path: Path, daemon: str, fault: str) -> None:
    path = write(tmp_path, f"[daemon]\n{daemon}\n{ATLAST}{BOLT}")

    assert faults(path, ENVIRON | {"SHORT": "fifteen-letters"}) == [f"config.toml: {fault}"]


@pytest.mark.parametrize(
    "daemon",
    [
        pytest.param("", id="no page"),
        pytest.param('status_listen = "127.0.0.1:8321"', id="loopback"),
        pytest.param('status_listen = "[::1]:0"', id="loopback of IPv6, any port"),
        pytest.param('status_listen = "localhost:8321"', id="loopback by name"),
        pytest.param(
            'status_listen = "0.0.0.0:8321"\nstatus_token = "env:TOKEN"\n'
            'status_url = "https://ferry.example.com"',
            id="everywhere, with a token",
        ),
    ],
)
@pytest.mark.parametrize("secrets", [True, False], ids=["to work", "to look"])
def test_a_safe_status_page_is_no_fault(tmp_path: Path, daemon: str, *, secrets: bool) -> None:
    path = write(tmp_path, f"[daemon]\n{daemon}\n{ATLAST}{BOLT}")

    config = load(path, ENVIRON | {"TOKEN": "sixteen-letters!"}, secrets=secrets)

    assert bool(config.daemon.status_listen) == bool(daemon)
