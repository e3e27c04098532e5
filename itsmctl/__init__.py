"""itsmctl: IT service management records as code, and the policies over them."""

__version__ = "0.1.0"
