"""Whether SPSS and Stata files are built as they should be, seen before a library written in C trusts what they say.

That library takes the numbers in a damaged dictionary for good: it then reads past the end of memory, or asks for all
of it, and no error can be caught.
"""

from __future__ import annotations

import struct
from typing import Final

SPSS_MARKS: Final = (b"$FL2", b"$FL3")
SPSS_HEADER: Final = 176
VARIABLE, LABELS, PLACES, DOCUMENTS, EXTENSION, END = 2, 3, 4, 6, 7, 999
TEXT_FORMATS: Final = (1, 2)
MACHINE, ENCODING = 3, 20
UTF8_PAGE: Final = 65001
# a variable is named in so many bytes, so that no file holds more of them than this allows
SHORTEST_VARIABLE: Final = 33


def spss_order(data: bytes) -> str:
    """Return the byte order of an SPSS file, as `struct` has it: its layout code is 2 or 3."""
    return "<" if data[64:68] in (b"\x02\0\0\0", b"\x03\0\0\0") else ">"


def spss_sound(data: bytes) -> bool:
    """Say whether the dictionary of an SPSS file can be walked from its first record to its last."""
    if not data.startswith(SPSS_MARKS):
        return False
    try:
        return _Walk(data).sound()
    except struct.error:
        return False


def stata_sound(data: bytes) -> bool:
    """Say whether a Stata file is large enough for the variables that it says it has."""
    at = data.find(b"<K>", 0, 200)
    if at < 0:
        return True
    order = "<" if b"LSF" in data[:at] else ">"
    width = "I" if b"<release>119" in data[:at] else "H"
    try:
        count: int = struct.unpack_from(f"{order}{width}", data, at + 3)[0]
    except struct.error:
        return False
    return count * SHORTEST_VARIABLE <= len(data)


class _Walk:
    """The way through an SPSS dictionary: where it stands, how many places for variables it has passed."""

    def __init__(self, data: bytes) -> None:
        self.data, self.order, self.at = data, spss_order(data), SPSS_HEADER
        # what the column that begins at each place holds, "" where a long text goes on
        self.places: list[str] = []
        self.more = 0
        self.unicode = False
        self.labelled_texts: list[bytes] = []

    def sound(self) -> bool:
        steps = {VARIABLE: self._variable, LABELS: self._labels, DOCUMENTS: self._documents, EXTENSION: self._extension}
        while (kind := self._number()) != END:
            # a long text takes several places, one after the other
            if kind not in steps or (self.more and kind != VARIABLE) or not steps[kind]():
                return False
        # in UTF-8 nothing is converted, and a text that is none reaches the library as it is
        fit = not self.unicode or all(map(_is_utf8, self.labelled_texts))
        return not self.more and bool(self.places) and fit

    def _number(self) -> int:
        number: int = struct.unpack_from(f"{self.order}i", self.data, self.at)[0]
        self.at += 4
        return number

    def _skip(self, size: int) -> bool:
        self.at += size
        return size >= 0 and self.at <= len(self.data)

    def _variable(self) -> bool:
        width, labelled, missing = self._number(), self._number(), self._number()
        if (width == -1) != (self.more > 0) or not -1 <= width <= 255 or abs(missing) > 3 or labelled not in (0, 1):
            return False
        shown = self._number() >> 16 & 0xFF
        kind = "text" if width > 0 else "number"
        # the library takes labels for what the format says, and cells for what the width says
        self.places.append("" if width == -1 else kind if (kind == "text") == (shown in TEXT_FORMATS) else "odd")
        self.more = self.more - 1 if width == -1 else max(-(-width // 8) - 1, 0)
        whole = self._skip(12)
        if labelled:
            whole = whole and self._skip(-(-self._number() // 4) * 4)
        return whole and self._skip(8 * abs(missing))

    def _labels(self) -> bool:
        count = self._number()
        values = []
        for _ in range(count):
            values.append(self.data[self.at : self.at + 8])
            size = self.data[self.at + 8 : self.at + 9]
            if not size or not self._skip(8 + -(-(size[0] + 1) // 8) * 8):
                return False
        if count < 0 or self._number() != PLACES:
            return False
        count = self._number()
        if not 0 < count <= len(self.places):
            return False
        places = [self._number() for _ in range(count)]
        kinds = {self.places[place - 1] if 1 <= place <= len(self.places) else "" for place in places}
        self.labelled_texts += values if "text" in kinds else []
        return kinds in ({"text"}, {"number"})

    def _documents(self) -> bool:
        return self._skip(80 * self._number())

    def _extension(self) -> bool:
        what, size, count = self._number(), self._number(), self._number()
        if size < 0 or count < 0 or not self._skip(size * count):
            return False
        content = self.data[self.at - size * count : self.at]
        if what == ENCODING:
            self.unicode = content.strip(b" \0").lower() in (b"utf-8", b"utf8")
        elif what == MACHINE:
            self.unicode |= content[28:32] == struct.pack(f"{self.order}i", UTF8_PAGE)
        return True


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
