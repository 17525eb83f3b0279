"""The other commands: backfill, status, demo, sandbox, schema."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from conftest import Ferry, eventually

from orderferry.sandbox.server import Handler, Request, Response, reply


def day(ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=ago)).strftime("%Y-%m-%d")


def rows(ferry: Ferry) -> dict[str, str]:
    with closing(sqlite3.connect(ferry.state)) as state:
        return dict(state.execute("select order_id, state from orders"))


def test_demo_shows_everything_and_adds_up(ferry: Ferry) -> None:
    result = ferry("demo", "--orders", "60", "--fast")

    assert result.status == 0, result.out + result.err
    assert "A WooCommerce and a Shopify shop" in result.out
    assert "The numbers add up." in result.out
    assert "1 quarantined" in result.out


def test_demo_without_graphql_goes_on_with_one_shop_and_says_how_to_get_the_other(
    ferry: Ferry,
) -> None:
    package = ferry.folder / "without" / "graphql"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('raise ModuleNotFoundError("no", name="graphql")')
    ferry.environ["PYTHONPATH"] = str(package.parent)

    result = ferry("demo", "--orders", "20", "--fast")

    assert result.status == 0, result.out + result.err
    assert "A WooCommerce shop" in result.out
    assert "pip install 'orderferry[sandbox]'" in result.out
    assert "The numbers add up." in result.out


def test_backfill_delivers_a_window_and_leaves_the_watermark_alone(ferry: Ferry) -> None:
    old = {
        str(ferry.add_order(created_at=datetime.now(UTC) - timedelta(days=20))) for _ in range(5)
    }
    ferry.add_order(created_at=datetime.now(UTC) - timedelta(days=40))

    result = ferry("backfill", "bolt", "--from", day(25), "--to", day(15))

    assert result.status == 0, result.out + result.err
    assert ferry.accepted() == old
    assert ferry("--json", "status").document["merchants"][0]["watermark"] is None


def test_backfill_by_id_names_the_orders_the_shop_does_not_have(ferry: Ferry) -> None:
    order_id = ferry.add_order()

    result = ferry("--json", "backfill", "bolt", "--order", str(order_id), "--order", "99999999")

    assert result.status == 1
    assert result.document["reports"][0]["counts"]["not_found"] == 1
    assert ferry.accepted() == {str(order_id)}
    assert rows(ferry) == {str(order_id): "delivered"}


def test_a_dry_run_stores_and_sends_nothing(ferry: Ferry) -> None:
    ferry.add_order()
    ferry.add_order(status="completed", tracking=[], completed_at=datetime.now(UTC))

    planned = ferry("--json", "backfill", "bolt", "--from", day(30), "--dry-run")
    text = ferry("backfill", "bolt", "--from", day(30), "--dry-run")

    assert planned.status == 0
    assert planned.document["counts"] == {"new": 1, "waiting": 1}
    assert "Nothing was sent." in text.out
    assert ferry.accepted() == set()
    assert ferry("--json", "status").document["merchants"][0]["orders"]["pending"] == 0


def test_a_dry_run_says_of_each_order_what_the_run_does(ferry: Ferry) -> None:
    person = {"first_name": "W.", "last_name": "Q.", "address_1": "99 Gooseberry Lane"}
    changed, same, mended = (str(ferry.add_order(billing=person)) for _ in range(3))
    ferry.atlast.poison = lambda order: order["id"] == mended
    ferry("sync")
    ferry.atlast.poison = lambda _order: False
    for order_id in (changed, mended):
        ferry.shop.records.orders[int(order_id)]["billing"]["first_name"] = "Willa"
        ferry.shop.records.orders[int(order_id)]["shipping"]["first_name"] = "Willa"
    new = str(ferry.add_order())
    waiting = str(ferry.add_order(tracking=[], completed_at=datetime.now(UTC)))
    ids = (changed, same, mended, new, waiting, "99999999")
    arguments = ["backfill", "bolt", *(word for one in ids for word in ("--order", one))]

    planned = ferry("--json", *arguments, "--dry-run")
    text = ferry(*arguments, "--dry-run").out
    run = ferry("--json", *arguments)

    assert {order["id"]: order["verdict"] for order in planned.document["orders"]} == {
        changed: "unchanged",
        same: "unchanged",
        mended: "changed",
        new: "new",
        waiting: "waiting",
        "99999999": "not_found",
    }
    read = run.document["reports"][0]["counts"]
    assert (read["ready"], read["unchanged"], read["changed"]) == (2, 2, 1)
    assert (read["waiting"], read["not_found"]) == (1, 1)
    assert (planned.status, run.status) == (1, 1)
    assert f"{changed}: unchanged, it differs from what was delivered" in text
    assert "99999999: not found, the shop has no such order" in text
    assert "1 changed, 1 new, 1 not found, 2 unchanged, 1 waiting" in text


def test_an_interrupted_backfill_goes_on_where_it_was(ferry: Ferry) -> None:
    """Four slices, read two at a time; the shop goes away when the first of them is read."""
    ferry.configure(shop="page_size = 1")
    begin = datetime.now(UTC) - timedelta(days=20)
    ids = {
        str(
            ferry.add_order(
                created_at=begin + timedelta(hours=6 * n),
                modified_at=begin + timedelta(hours=6 * n),
            )
        )
        for n in range(60)
    }
    answer: Handler = ferry.shop_server.handler
    calls = 0

    def gone_after_a_while(request: Request) -> Response:
        nonlocal calls
        calls += request.path.endswith("/orders")
        if calls > 45:
            return Response(503, b"", {"Retry-After": "900"})
        return answer(request)

    ferry.shop_server.handler = gone_after_a_while
    broken = ferry("backfill", "bolt", "--from", day(21), "--to", day(1))
    ferry.shop_server.handler = answer
    ferry.shop_server.requests.clear()
    resumed = ferry("backfill", "bolt", "--from", day(21), "--to", day(1))

    assert broken.status == 75
    assert resumed.status == 0, resumed.out
    starts = [
        r.first("modified_after") for r in ferry.shop_server.requests if r.path.endswith("/orders")
    ]
    assert min(starts) > (begin - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S"), "it began anew"
    assert ferry.accepted() == ids
    assert ferry.atlast.duplicates == 0


def test_status_tells_what_is_wrong_first(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")
    well = ferry("status")
    with ferry.shop_server.failing(
        reply(403, "<html>blocked</html>", {"Content-Type": "text/html"})
    ):
        ferry("sync")
    ill = ferry("status")

    assert (well.status, well.out.splitlines()[0]) == (0, "All is well.")
    assert ill.status == 1
    assert ill.out.splitlines()[0].startswith("Not well. bolt: ")


def test_status_fits_eighty_columns(ferry: Ferry) -> None:
    ferry.environ["COLUMNS"] = "80"
    ferry.add_order()
    ferry("sync")

    assert max(map(len, ferry("status").out.splitlines())) <= 80


def test_status_needs_no_secrets(ferry: Ferry) -> None:
    ferry.add_order()
    ferry("sync")
    for name in ("ATLAST_ID", "ATLAST_SECRET", "SHOP_KEY", "SHOP_SECRET"):
        del ferry.environ[name]

    assert ferry("status").status == 0


def test_the_sandbox_can_be_synced_with_the_configuration_it_writes(ferry: Ferry) -> None:
    ports = [word for name in ("shop", "shopify", "atlast") for word in (f"--{name}-port", "0")]
    process = ferry.start("--json", "sandbox", *ports, "--write", "trial")
    try:
        eventually((ferry.folder / "trial" / "config.toml").exists)
        ferry.environ["ORDERFERRY_CONFIG"] = ""
        result = ferry("--config", "trial/config.toml", "--json", "sync")
    finally:
        ended = ferry.finish(process)

    assert result.status == 1  # one order is refused on purpose
    reports = result.document["reports"]
    assert {report["subject"] for report in reports if report["kind"] == "poll"} == {"acme", "bolt"}
    assert sum(report["counts"].get("refused", 0) for report in reports) == 1
    assert json.loads(ended.out.split("}")[0] + "}")["config"] == "trial/config.toml"


def test_schema_is_a_json_schema(ferry: Ferry) -> None:
    assert ferry("schema").document["properties"]["merchants"]


def test_help_has_an_example_for_every_command(ferry: Ferry) -> None:
    for name in ("backfill", "check", "demo", "run", "sandbox", "schema", "status", "sync"):
        assert "Example" in ferry(name, "--help").out, name
