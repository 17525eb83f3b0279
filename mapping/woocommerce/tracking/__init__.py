"""The outbound parcel of an order, wherever a plugin stored it."""

from mapping.woocommerce.tracking.outbound import Outbound, read_outbound
from mapping.woocommerce.tracking.place import Source

__all__ = ["Outbound", "Source", "read_outbound"]
