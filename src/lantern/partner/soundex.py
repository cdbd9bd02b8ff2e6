"""American Soundex: one code for surnames that sound alike."""

from functools import lru_cache

_DIGITS = {
    **dict.fromkeys("BFPV", "1"),
    **dict.fromkeys("CGJKQSXZ", "2"),
    **dict.fromkeys("DT", "3"),
    "L": "4",
    **dict.fromkeys("MN", "5"),
    "R": "6",
}
_SILENT = "HW"
_LENGTH = 4


@lru_cache(maxsize=1 << 16)
def soundex(name: str) -> str | None:
    """
    The Soundex code of a name in capitals, such as R163 for ROBERT.

    Letters with one digit count once when they touch or only H or W stands between them;
    a vowel between them lets both count.

    Returns:
        A letter and three digits, or None where there is no letter from A to Z.

    Source: US National Archives, The Soundex Indexing System.
    """
    letters = [letter for letter in name if "A" <= letter <= "Z"]
    if not letters:
        return None
    code = letters[0]
    last = _DIGITS.get(letters[0], "")
    for letter in letters[1:]:
        digit = _DIGITS.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in _SILENT:
            last = digit
    return code[:_LENGTH].ljust(_LENGTH, "0")
