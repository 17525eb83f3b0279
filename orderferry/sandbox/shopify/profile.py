"""What the shop says of itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orderferry.sandbox.shopify.json_types import Json


def profile(domain: str, currency: str, zone: ZoneInfo, now: datetime, plan_name: str) -> Json:
    """Returns the `shop` object."""
    local = now.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    return {
        "id": "gid://shopify/Shop/1",
        "name": "Sandbox Shop",
        "email": "owner@example.com",
        "contactEmail": "help@example.com",
        "shopOwnerName": "Sam Doe",
        "myshopifyDomain": domain,
        "url": f"https://{domain}",
        "primaryDomain": {
            "id": "gid://shopify/Domain/1",
            "host": domain,
            "url": f"https://{domain}",
            "sslEnabled": True,
        },
        "currencyCode": currency,
        "enabledPresentmentCurrencies": [currency],
        "ianaTimezone": zone.key,
        "timezoneAbbreviation": local.strftime("%Z"),
        "timezoneOffset": local.strftime("%z"),
        "timezoneOffsetMinutes": minutes,
        "weightUnit": "KILOGRAMS",
        "unitSystem": "METRIC_SYSTEM",
        "plan": {
            "publicDisplayName": plan_name,
            "partnerDevelopment": False,
            "shopifyPlus": plan_name == "Plus",
        },
        "taxesIncluded": True,
        "taxShipping": True,
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "createdAt": "2024-01-01T00:00:00Z",
        "updatedAt": "2024-01-01T00:00:00Z",
    }
