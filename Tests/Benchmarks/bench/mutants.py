"""Changes for the worse, of which `run --compare` must find each: code is found by what it says."""

import re

MUTANTS = {
    # A second ZSCORE and ZRANK, of which the answer is thrown away.
    "status.redis-commands": (
        r"^( *)(reads\.send\(\.zscoreAndRank\(.*\)\)) \{",
        r"\1\2 { _ in }\n\g<0>",
    ),
    # Ten instructions, a thousand times.
    "status.instructions": (
        r"^ *package func status\(\n *of token: String(.|\n)*?\) \{\n",
        r"""\g<0>    var work = UInt64(token.utf8.count)
    for _ in 0..<1_000 { work ^= work << 13; work ^= work >> 7; work ^= work << 17 }
    guard work != 0 else { return }
""",
    ),
}


class Mutant:
    """A change of one file below `sources`, within `with`."""

    def __init__(self, figure, sources):
        pattern, replacement = MUTANTS[figure]
        self._found = []
        for path in sources.rglob("*.swift"):
            text = path.read_text()
            changed, times = re.subn(pattern, replacement, text, flags=re.MULTILINE)
            self._found += [(path, text, changed)] * times
        if len(self._found) != 1:
            raise ValueError(f"{figure}: {pattern} is there {len(self._found)} times, not once")

    def __enter__(self):
        path, _, changed = self._found[0]
        path.write_text(changed)

    def __exit__(self, *_):
        path, text, _ = self._found[0]
        path.write_text(text)
