"""Reads the text off a picture of a Linux console, with the very font that the console uses.

No guessing: each cell of the picture is compared bit for bit with the glyphs of the PSF font, whatever its two colours
are. A cell that is no glyph of the font (a cursor, another font) reads as U+FFFD. Works for a framebuffer (cells of
8 pixels) and for VGA text mode (9 pixels, of which the last one repeats or is empty).
"""

import gzip
import struct

UNKNOWN = "\ufffd"


class Font:
    """A PSF font, version 1 or 2, 8 pixels wide, with its Unicode table."""

    def __init__(self, content):
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        if content[:2] == b"\x36\x04":
            mode, self.height = content[2], content[3]
            count, start, size = 512 if mode & 1 else 256, 4, self.height
            names = self._table_1(content[start + count * size:], count)
        elif content[:4] == b"\x72\xb5\x4a\x86":
            _, start, _, count, size, self.height, width = struct.unpack_from("<7I", content, 4)
            if width != 8:
                raise ValueError("only fonts of 8 pixels are read")
            names = self._table_2(content[start + count * size:], count)
        else:
            raise ValueError("not a PSF font")
        self.character_of = {}
        for index in range(count):
            glyph = content[start + index * size:start + index * size + self.height]
            if names[index]:
                # Some shapes stand for several characters (A, Alpha); the table names the Latin one first.
                self.character_of.setdefault(glyph, names[index])

    @staticmethod
    def _table_1(table, count):
        names, position = [], 0
        for _ in range(count):
            characters = []
            while True:
                unit, = struct.unpack_from("<H", table, position)
                position += 2
                if unit == 0xFFFF:
                    break
                characters.append(unit)
            names.append(_best(characters[:characters.index(0xFFFE)] if 0xFFFE in characters else characters))
        return names

    @staticmethod
    def _table_2(table, count):
        return [_best([ord(c) for c in entry.split(b"\xfe")[0].decode()]) for entry in table.split(b"\xff")[:count]]


def _best(code_points):
    """The plainest of the characters that share a glyph."""
    return chr(min(code_points)) if code_points else ""


def read_text(picture, font):
    """The lines of text on a picture (width, height, RGB); the cell width that reads best is taken."""
    return max((_read_cells(picture, font, width) for width in (8, 9)), key=_readable)


def _readable(lines):
    text = "".join(lines)
    return sum(character not in (" ", UNKNOWN) for character in text) - text.count(UNKNOWN)


def _read_cells(picture, font, cell_width):
    width, height, pixels = picture
    stride = 3 * width
    lines = []
    seen = {}  # the same cell comes again and again
    for top in range(0, height - font.height + 1, font.height):
        line = []
        for left in range(0, width - cell_width + 1, cell_width):
            start = top * stride + 3 * left
            cell = b"".join(pixels[start + row * stride:start + row * stride + 24] for row in range(font.height))
            if cell not in seen:
                seen[cell] = _read_cell(cell, font)
            line.append(seen[cell])
        lines.append("".join(line).rstrip())
    return lines


def _read_cell(cell, font):
    colours = [cell[i:i + 3] for i in range(0, len(cell), 3)]
    first = colours[0]
    others = {colour for colour in colours if colour != first}
    if not others:
        return " "
    if len(others) > 1:
        return UNKNOWN
    # Which of the two colours is the ink is not known: one of the two readings is a glyph, or none.
    glyph = bytearray()
    for row in range(0, len(colours), 8):
        byte = 0
        for colour in colours[row:row + 8]:
            byte = byte << 1 | (colour != first)
        glyph.append(byte)
    found = font.character_of.get(bytes(glyph))
    return found or font.character_of.get(bytes(byte ^ 0xFF for byte in glyph)) or UNKNOWN
