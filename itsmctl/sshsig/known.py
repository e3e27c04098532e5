"""One good signature of each algorithm: where ssh-keygen refuses its own kind, its refusals say nothing. Data only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGE = b"known to be good\n"
"""What each of them is on."""

SPACE = "known@itsmctl"
"""Their namespace."""

_TEXTS = {
    "ssh-ed25519": (
        "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgBlwHpAA6LwRrL87Vf4bsnJy0eSFkGQ12OpS1M/Hckx8AAAANa25vd25A"
        "aXRzbWN0bAAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBYy3uuaLvKU+T5a0U9udmELhfbhkjbx8f5lFraQ2q+"
        "gLY958daNIAwZOjT7+w01Rkg6lQmpHPEM+wAGG6uJh0F"
    ),
    "rsa-sha2-512": (
        "U1NIU0lHAAAAAQAAARcAAAAHc3NoLXJzYQAAAAMBAAEAAAEBAJ6RVkCJzNen8wqZ4PSU2blm1J2hxOah+XezTeYRvZCkdyP6i80v"
        "f/MQk0sYwLOkjStVwRfa+tHtfYBSBXg+BL4wCPx6dt71/U3FF9bf/BRYaCgb8h935lHhVuK5vIXaQgYWMG6SgVoglk9EKsu47cAM"
        "WCLJRZWbwvJ5D9uvySMpf9fmj1eZM3C9CN8OrqKGoCCYfsVNcge/TUMx2SUt68oJrPr5GlCNxbDyb4HmboEo4YcTAqyxmoyT6Nke"
        "ij8yBdpkrw0kpjD4lUL/k/JrUF0HA56dLJA2UOBiaLQObrq3fYJPNRQ86Q3axaP+twteGqQEzHvo1ce6ZvByWLNELuUAAAANa25v"
        "d25AaXRzbWN0bAAAAAAAAAAGc2hhNTEyAAABFAAAAAxyc2Etc2hhMi01MTIAAAEAKvHqcXN6ZZ/Su76zpG24E0obR30fMHtDyMh0"
        "TekiwVqBiV7FuR4HxYn8stgTvnFhiebYytrIy7PbU5Nfv1MohLfh5e9KHQLuZoRZ4WTWhahF21ODM1FBfifvP79lPFAOR42qwBZ8"
        "alAFzD4X62ZsnqkQuMR1a1ajms+7DCfh1kxOs4p6ZqyFFoWJlYKtU6u27e6mMCya6m1OFQrRM92cdNTxw2I7R45ooXLOSt2gdVZ0"
        "0fnTDhv0Qs151wh7GyhmfM8LXE6wZktaeSzcKEJG2QPGpeFPHRjWmIT9P/ldtPZEo03SMWFkQu5AE9mBHEcXndlH/6xh2klC3Ckv"
        "uIh3NQ=="
    ),
    "ecdsa-sha2-nistp256": (
        "U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAEEEZwmxus215524lDP+8nfwPp5lxEaK"
        "wVJyT6teQ44mwqneWUIjilmfyyhKYeM8pWpxIj4jN67QHdVA4Y1w8crilQAAAA1rbm93bkBpdHNtY3RsAAAAAAAAAAZzaGE1MTIA"
        "AABjAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAABIAAAAIA8yeNn4TK+srD/omZCxYj7Wb7IkF12tlayU6dXcVvoiAAAAIA8RpasR"
        "8vmuP5lZvUY6I8Si0IWrCvnC2qi3b+vpIt0t"
    ),
    "ecdsa-sha2-nistp384": (
        "U1NIU0lHAAAAAQAAAIgAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAAhuaXN0cDM4NAAAAGEEJ/f87+0i4wvNtFwxurcKEjtQe5ls"
        "PnvGJLsMs1Yg7SgenEpgb+xSO5ye/y3g+cOv1VdRK4bDFWZ7FBYqNNlLehHy2ZAVSSM4H97xSGtL0mpmg7VB1zmfHjPWFPiTalwo"
        "AAAADWtub3duQGl0c21jdGwAAAAAAAAABnNoYTUxMgAAAIMAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAGgAAAAwGusjlgtN+6Po"
        "Q5RijrgclS5GFDFcu6WuiIew2mAOPAIbAVkqY7TQV0Jx77SODJZ+AAAAMFpsiel1XZBKn6YoMnO4zw5XzlfVS2irXGhpGdfz1XSd"
        "BqJ1ZdKlpI2UT4zHRCz/kg=="
    ),
    "ecdsa-sha2-nistp521": (
        "U1NIU0lHAAAAAQAAAKwAAAATZWNkc2Etc2hhMi1uaXN0cDUyMQAAAAhuaXN0cDUyMQAAAIUEAYS/S5V055yJmDn8kXtDDlsNcINx"
        "XxDyPq5Nw+jcFTgQj/dBZv8shqxpCIiVpTTl0xIJCNg0V6y3xk4l4SwowXJmAKhqJOpr62UFG5wAV+ZgkOva3ku0ETHHXHXhjT2s"
        "26emXSZKFy5e0/aQSFSzERxEjY6BI5FA4WXp+VL0wivLGQStAAAADWtub3duQGl0c21jdGwAAAAAAAAABnNoYTUxMgAAAKYAAAAT"
        "ZWNkc2Etc2hhMi1uaXN0cDUyMQAAAIsAAABBeIl8HwdY2J1vKd2Ys3d3YHtRGZe7Hy8+dcPFgd/1BdxYwr40881Re8Hge4yAfcEx"
        "AyjJXiSPZ0mcb4XUvRFpV7AAAABCATl3ZIDoPemNBllFo49XsEVLqR4ZqfVxjjP3xaG5x/MqopEW/DdN4GqkbSus/E25yx49h0TI"
        "t9Ae+LpFXWX+ZLaL"
    ),
    "rsa-sha2-256": (
        "U1NIU0lHAAAAAQAAARcAAAAHc3NoLXJzYQAAAAMBAAEAAAEBAJ6RVkCJzNen8wqZ4PSU2blm1J2hxOah+XezTeYRvZCkdyP6i80v"
        "f/MQk0sYwLOkjStVwRfa+tHtfYBSBXg+BL4wCPx6dt71/U3FF9bf/BRYaCgb8h935lHhVuK5vIXaQgYWMG6SgVoglk9EKsu47cAM"
        "WCLJRZWbwvJ5D9uvySMpf9fmj1eZM3C9CN8OrqKGoCCYfsVNcge/TUMx2SUt68oJrPr5GlCNxbDyb4HmboEo4YcTAqyxmoyT6Nke"
        "ij8yBdpkrw0kpjD4lUL/k/JrUF0HA56dLJA2UOBiaLQObrq3fYJPNRQ86Q3axaP+twteGqQEzHvo1ce6ZvByWLNELuUAAAANa25v"
        "d25AaXRzbWN0bAAAAAAAAAAGc2hhNTEyAAABFAAAAAxyc2Etc2hhMi0yNTYAAAEAV5DSZRrzZSrfBrl6yar7BdMgJbZOXuWL/xDU"
        "B9PhVeKTSF7DzQGtH8KVj4H+MmANcXAho/NPYoYG0YEn5/Jl3GzSH3y5tvQEoL5n3qquAE1c5+3YGsck2GDZQMHDRWZrZjMzTFEX"
        "i/gG8fkHXX5Y6slZ5ktC2Dpa/bQEMLzrBWEsxy5qajs0RZc1DCSY4nUc2i3OKs7YcYOmr/R6jGESQblrQ5JAN7Nj6yI7krudF/ld"
        "zd/gn6N6Hc856qrpdoz8X9+/VSaxfTaYEeRkTDHZWIgNAk0R+SmpI5QtvQs2F4YJILaZ3RaT2UnkmLMhijQs0vnYs8xbNFt8V08K"
        "tJrynA=="
    ),
    "sk-ssh-ed25519@openssh.com": (
        "U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgZfI/hohHojZv0kDTA4zeFJBoLsCyc4z4h83r"
        "rPSyn3UAAAAEc3NoOgAAAA1rbm93bkBpdHNtY3RsAAAAAAAAAAZzaGE1MTIAAABnAAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2gu"
        "Y29tAAAAQH9Y4CaqxM3XOnsAHGkAFZoyP58Qist0xek9XLPjLnVNeYJ/bBD2QnWoqJTMsTNwSE4mSqSBh8fDi0epz+tIKwwBAAAA"
        "Bw=="
    ),
    "sk-ecdsa-sha2-nistp256@openssh.com": (
        "U1NIU0lHAAAAAQAAAH8AAAAic2stZWNkc2Etc2hhMi1uaXN0cDI1NkBvcGVuc3NoLmNvbQAAAAhuaXN0cDI1NgAAAEEEGgOUuYqO"
        "PwjKgbY73osueuEEz5ue7/r5wmbjZTMycO0IjKF2xjnXsLKPNj5LKUcmeoEnbETdJUrmLkquKHh9kAAAAARzc2g6AAAADWtub3du"
        "QGl0c21jdGwAAAAAAAAABnNoYTUxMgAAAHgAAAAic2stZWNkc2Etc2hhMi1uaXN0cDI1NkBvcGVuc3NoLmNvbQAAAEkAAAAhAN6W"
        "h8fU09RjeIdi7wNqQjstYWo2YXwzzO/glvrfSmuxAAAAIFaTBBpZVWClpgd5wxKhvCqg9FKu4S/SbmXaQCURjryJAQAAAAc="
    ),
}


def _armored(text: str) -> bytes:
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


KNOWN: Mapping[str, bytes] = {algorithm: _armored(text) for algorithm, text in _TEXTS.items()}
"""Algorithm of the signature → an armored signature, whose private key nobody has kept."""
