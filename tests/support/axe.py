"""axe-core in a page: accessibility findings that matter."""

from pathlib import Path
from typing import Any

from tests.support.tab import Tab

AXE = Path(__file__).resolve().parents[2] / "web-client" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")


async def grave_findings(tab: Tab) -> list[str]:
    """What axe calls serious or critical on the page as it stands, one line each."""
    await tab.evaluate(f"(() => {{ {AXE.read_text(encoding='utf-8')}; return true; }})()")
    found: dict[str, Any] = await tab.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['impact']} {one['id']}: {one['help']} at {node['target']}: {node.get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
