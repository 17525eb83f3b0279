"""Public names of carriers, out of the codes that shops store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_NAMES = {
    "4px": "4PX",
    "amazon": "Amazon Logistics",
    "amazon-logistics": "Amazon Logistics",
    "an-post": "An Post",
    "aramex": "Aramex",
    "asendia": "Asendia",
    "australia-post": "Australia Post",
    "austrian-post": "Austrian Post",
    "blue-dart": "Blue Dart",
    "bluedart": "Blue Dart",
    "bpost": "bpost",
    "bring": "Bring",
    "brt": "BRT",
    "brt-bartolini": "BRT",
    "cainiao": "Cainiao",
    "canada-post": "Canada Post",
    "canpar": "Canpar",
    "ceska-posta": "Česká pošta",
    "china-post": "China Post",
    "chronopost": "Chronopost",
    "colis-prive": "Colis Privé",
    "colissimo": "Colissimo",
    "collectplus": "CollectPlus",
    "correos": "Correos",
    "ctt": "CTT",
    "delhivery": "Delhivery",
    "deutsch-post": "Deutsche Post",  # AfterShip's spelling
    "deutsche-post": "Deutsche Post",
    "deutsche-post-dhl": "DHL",
    "dhl": "DHL",
    "dhl-ecommerce": "DHL eCommerce",
    "dhl-europlus": "DHL",  # MyParcel's names for DHL's services
    "dhl-express": "DHL Express",
    "dhl-for-you": "DHL",
    "dhl-germany": "DHL",
    "dhl-paket": "DHL",
    "dhl-parcel": "DHL Parcel",
    "dhl-parcel-connect": "DHL",
    "dhleuroplus": "DHL",
    "dhlexpress": "DHL Express",
    "dhlforyou": "DHL",
    "dhlparcelconnect": "DHL",
    "dpd": "DPD",
    "dpd-local": "DPD Local",
    "dtdc": "DTDC",
    "dx": "DX",
    "ems": "EMS",
    "evri": "Evri",
    "fastway": "Fastway",
    "fedex": "FedEx",
    "fedex-sameday": "FedEx",
    "gls": "GLS",
    "gls-paket": "GLS",
    "hermes": "Hermes",
    "hermesworld": "Evri",
    "hongkong-post": "Hongkong Post",
    "india-post": "India Post",
    "inpost": "InPost",
    "inpost-paczkomaty": "InPost",
    "interlink": "DPD Local",
    "interlink-express": "DPD Local",
    "japan-post": "Japan Post",
    "la-poste": "La Poste",
    "la-poste-colissimo": "Colissimo",
    "landmark-global": "Landmark Global",
    "lasership": "LaserShip",
    "mondial-relay": "Mondial Relay",
    "mrw": "MRW",
    "myhermes": "Evri",
    "new-zealand-post": "NZ Post",
    "nz-post": "NZ Post",
    "ontrac": "OnTrac",
    "packeta": "Packeta",
    "parcel-force": "Parcelforce",
    "parcelforce": "Parcelforce",
    "post-ch": "Swiss Post",
    "poste-italiane": "Poste Italiane",
    "posti": "Posti",
    "postnl": "PostNL",
    "postnl-3s": "PostNL",
    "postnl-international": "PostNL",
    "postnord": "PostNord",
    "ppl": "PPL",
    "purolator": "Purolator",
    "royal-mail": "Royal Mail",
    "royalmail": "Royal Mail",
    "sagawa": "Sagawa",
    "sendle": "Sendle",
    "seur": "SEUR",
    "sf-express": "SF Express",
    "singapore-post": "Singapore Post",
    "startrack": "StarTrack",
    "swiss-post": "Swiss Post",
    "tnt": "TNT",
    "tuffnells": "Tuffnells",
    "ups": "UPS",
    "ups-express-saver": "UPS",
    "ups-standard": "UPS",
    "upsdap": "UPS",
    "usps": "USPS",
    "whistl": "Whistl",
    "yamato": "Yamato",
    "yodel": "Yodel",
    "yunexpress": "YunExpress",
    "zasilkovna": "Packeta",
}
_NOT_IN_A_CODE = re.compile(r"[^a-z0-9]+")
_COUNTRY = re.compile(r"-[a-z]{2}$")


def public_name(carrier: str, own: Mapping[str, str]) -> str:
    """
    Returns the name a shopper knows for *carrier*, a code or a name.

    The merchant's *own* table wins, then ours, tried without a country at the
    end too ("dpd-pl"). A carrier unknown to both stays as it is: the contract
    takes free text, and an unusual name is better than none.
    """
    code = _code(carrier)
    ours = _NAMES.get(code) or _NAMES.get(_COUNTRY.sub("", code)) or carrier
    return next((name for key, name in own.items() if _code(key) == code and code), ours)


@lru_cache(maxsize=256)
def _code(carrier: str) -> str:
    return _NOT_IN_A_CODE.sub("-", carrier.lower()).strip("-")
