"""Names as nobody should choose them, and somebody does."""

NAMES = ['quote"s', "apo'strophe", "back\\slash", "new\nline", "return\r\n", "tab\t", "nul\0", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\u202egnp.exe", "\u2066isolate\u2069", "\ufeffbom",
         "</script><script>alert(1)</script>", "javascript:alert(1)", "<img src=x onerror=alert(1)>", "{{7*7}}", "${jndi:ldap://x}", "%s%n%x", "a{b=\"c\"} 1", "# HELP x y", "../../etc/passwd", "a/b/c",
         "' or 1=1 --", "\u00fc\u00df\u4e16\u754c", "\U0001f4a9", "e\u0301", "\u200b", "\x7f", "\x85", "\u2028line", "  spaces  ", "-", ".", "$(id)", "`id`", "k" * 65536]
BYTES = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"half\xe4\xb8"]  # no UTF-8
