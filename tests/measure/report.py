"""What a measure found: a table on the screen, `build/measure/NAME.json`, and its table in docs/measured.md."""

import json
import os
import platform
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, its unit in its name, with the bound it is held to (None: told, not bound)."""

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ok(self) -> bool:
        over = self.at_most is not None and self.value > self.at_most
        under = self.at_least is not None and self.value < self.at_least
        return not (over or under)

    @property
    def bound(self) -> str:
        parts = []
        if self.at_least is not None:
            parts.append(f"at least {self.at_least:g}")
        if self.at_most is not None:
            parts.append(f"at most {self.at_most:g}")
        return ", ".join(parts)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[rank - 1]


def machine() -> str:
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    kernel = platform.release().split("-")[0]
    return f"{os.cpu_count()} cores, {model or platform.machine()}, Linux {kernel}"


def commit() -> str:
    """The commit that was measured; `+` when the tree differs from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=10)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")


def publish(name: str, title: str, rows: list[Row], notes: str, details: dict[str, object] | None = None) -> bool:
    """Print, write and document a measure. True when every row keeps its bounds."""
    when = datetime.now(UTC)
    table = ["| figure | value | bound | ok |", "|---|---|---|---|"]
    table += [f"| `{row.name}` | {row.value:g} | {row.bound} | {'yes' if row.ok else '**no**'} |" for row in rows]
    print("\n".join(table))
    result = {
        "measure": name,
        "measured_utc": when.isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        **{row.name: row.value for row in rows},
        "rows": [
            {"name": row.name, "value": row.value, "at_most": row.at_most, "at_least": row.at_least, "ok": int(row.ok)}
            for row in rows
        ],
        **(details or {}),
    }
    folder = ROOT / "build" / "measure"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    where = f"{when.date().isoformat()}, commit {result['commit']}, {result['machine']}. {notes}"
    document(
        ROOT / "docs" / "measured.md", name, f"## {title}\n\n`make measure-{name}`: {where}\n\n" + "\n".join(table)
    )
    return all(row.ok for row in rows)


def document(path: Path, name: str, section: str) -> None:
    """Put a section between its markers, or at the end when it has none yet."""
    begin, end = f"<!-- measure-{name} -->", f"<!-- end of measure-{name} -->"
    block = f"{begin}\n{section}\n{end}"
    text = path.read_text(encoding="utf-8")
    if begin in text:
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        text = pattern.sub(lambda _: block, text)
    else:
        text = text.rstrip("\n") + f"\n\n{block}\n"
    path.write_text(text, encoding="utf-8")
