"""A terminal of a few lines, which knows what the commands write to one."""

from __future__ import annotations

import re


class Screen:
    """A terminal of a few lines that knows what the table writes: text, line ends, cursor up and down, clear line."""

    def __init__(self, lines):
        self.lines, self.row, self.height = [""], 0, lines

    def write(self, text):
        for part in re.findall(r"\x1b\[(\d+)([A-Z])|([^\x1b])", text):
            number, verb, plain = part
            if verb == "A":
                self.row -= int(number)
                assert self.row > len(self.lines) - 1 - self.height, "beyond the top of the screen"
            elif verb == "B":
                self.row += int(number)
            elif verb == "K":
                self.lines[self.row] = ""
            elif plain == "\n":
                self.row += 1
                self.lines += [""] * (self.row == len(self.lines))
            elif plain != "\r":
                self.lines[self.row] += plain

    def flush(self):
        pass
