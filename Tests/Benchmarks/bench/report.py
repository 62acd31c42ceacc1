"""The table, and what the goals say to it, as Markdown."""

from stage import BARE, NGINX, USHER


def table(rows):
    """All rows; the spread is the farthest round's, from the median, of the program's CPU time."""
    head = ["", "load", "program", "CPU µs", "Redis µs", "requests/s", "p50 ms", "p99 ms"]
    head += ["p99.9 ms", "spread", "failed"]
    lines = [head, ["---"] * 3 + ["---:"] * 8]
    for row in rows:
        numbers = [(row.median(name), 1) for name in ("cpu", "redis")] + [(row.median("rate"), 0)]
        numbers += [(row.median(name), 2) for name in ("p50", "p99", "p999")]
        texts = ["" if value is None else f"{value:,.{digits}f}" for value, digits in numbers]
        lines.append(
            [
                row.operation,
                row.load,
                row.program,
                *texts,
                f"± {row.spread():.0f} %",
                str(row.failed),
            ]
        )
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def at_twice_its_peak(crowd):
    """What a load is called that comes over so many connections."""
    return f"at twice its peak, {crowd:,} connections"


class Findings:
    """Ratios between rows, each beside its goal."""

    def __init__(self, rows):
        self._rows = {(row.operation, row.load, row.program): row for row in rows}
        self.lines = []

    def add(self, sentence, value, goal, unit="×", at_least=False):
        """One line; nothing if the value could not be had."""
        if value is None:
            return
        met = value >= goal if at_least else value <= goal
        bound = "at least" if at_least else "at most"
        text = f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
        cells = [sentence, f"{text} {unit}", f"{bound} {goal:,g} {unit}"]
        self.lines.append("| " + " | ".join([*cells, "yes" if met else "**no**"]) + " |")

    def ratio(self, column, operation, loads, programs):
        """One median over another; None without both rows."""
        pair = [
            self._rows.get((operation, load, program))
            for load, program in zip(loads, programs, strict=True)
        ]
        if None in pair or not pair[1].median(column):
            return None
        return pair[0].median(column) / pair[1].median(column)

    def value(self, column, operation, load, program):
        """A median; None without the row."""
        row = self._rows.get((operation, load, program))
        return row and row.median(column)

    def compare(self, plan):
        """The goals of the table's rows."""
        busy, fixed = ["64 connections"] * 2, [f"{plan.rate:,} a second"] * 2
        cpu = self.ratio("cpu", "status", busy, (USHER, NGINX))
        self.add("status, CPU a request, over nginx + Lua", cpu, 0.5)
        cpu = self.ratio("cpu", "status", busy, (USHER, BARE))
        self.add("status, CPU a request, over bare libmicrohttpd", cpu, 1.5)
        redis = self.ratio("redis", "status", busy, (USHER, NGINX))
        self.add("status, Redis' CPU a request, over nginx + Lua", redis, 0.5)
        rate = self.ratio("rate", "status", busy, (USHER, NGINX))
        self.add("status, requests a second, over nginx + Lua", rate, 1.8, at_least=True)
        rate = self.ratio("rate", "join", busy, (USHER, NGINX))
        self.add("join, requests a second, over nginx + Lua", rate, 2, at_least=True)
        nginx = self.value("rate", "join", busy[0], NGINX)
        if nginx and nginx >= 25_000:
            rate = self.value("rate", "join", busy[0], USHER)
            self.add("join, requests a second", rate, 50_000, "", at_least=True)
        p99 = self.ratio("p99", "status", fixed, (USHER, NGINX))
        self.add(f"p99 at {plan.rate:,} status a second, over nginx + Lua", p99, 1)
        for crowd in plan.crowds:
            twice = at_twice_its_peak(crowd)
            rate = self.ratio("rate", "status", [twice, "at its peak"], (USHER, USHER))
            self.add(f"status served {twice}, over the peak", rate, 0.9, at_least=True)
            refusal = self.value("refusal", "status", twice, USHER)
            self.add(f"half of the refusals {twice}, within", refusal, 50, "ms")
        if len(plan.sizes) > 1:
            many = [f"{plan.sizes[-1]:,} waiting", f"{plan.sizes[0]:,} waiting"]
            sentence = f"{plan.sizes[-1]:,} waiting over {plan.sizes[0]:,}"
            for column, name, goal in (("cpu", "usher", 1.25), ("redis", "Redis", 1.6)):
                value = self.ratio(column, "status", many, (USHER, USHER))
                self.add(f"{sentence}, CPU a request in {name}", value, goal)
        two = ["64 connections, 2 fronts", "64 connections, 1 front"]
        value = self.ratio("cpu", "status", two, (USHER, USHER))
        self.add("two fronts over one, CPU a request", value, 1.1)

    def text(self):
        """The table of goals."""
        head = "| | measured | goal | met |\n| --- | ---: | ---: | --- |"
        return "\n".join([head, *self.lines])
