"""The web client's import rule bites: protocol, rtc, classroom and conductor know no React, nothing imports upward."""

import json
import shutil
import subprocess

import pytest

from tests.house.tree import ROOT

WEB = ROOT / "web-client"

FORBIDDEN = {
    "src/classroom/broken_a.ts": 'import { useState } from "react";',
    "src/protocol/broken_b.ts": 'import { useState } from "react";',
    "src/rtc/broken_c.ts": 'import { x } from "@/conductor/x"; x();',
    "src/conductor/broken_d.ts": 'import { createRoot } from "react-dom/client";',
    "src/conductor/broken_e.ts": 'import { x } from "@/components/x"; x();',
    "src/components/broken_f.tsx": 'import { x } from "@/screens/x"; x();',
}

# Lints each text as if it stood in that file, all in one process; prints the rules that complain.
SCRIPT = """
import { ESLint } from "eslint";
// the files do not exist: typed rules look them up in a project of their own
const projectService = { allowDefaultProject: ["src/*/broken_*"] };
const eslint = new ESLint({
  overrideConfig: { files: ["**/*.{ts,tsx}"], languageOptions: { parserOptions: { projectService } } },
});
const found = {};
for (const [filePath, text] of Object.entries(JSON.parse(process.argv[1]))) {
  const results = await eslint.lintText(text + "\\n", { filePath });
  found[filePath] = results.flatMap((one) => one.messages.map((message) => String(message.ruleId)));
}
console.log(JSON.stringify(found));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.skipif(not (WEB / "node_modules").is_dir(), reason="the web client's packages are not installed")
@pytest.mark.timeout(90)
def test_forbidden_imports_go_red() -> None:
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", SCRIPT, json.dumps(FORBIDDEN)],
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
        timeout=80,
    )
    assert done.returncode == 0, done.stderr
    rules: dict[str, list[str]] = json.loads(done.stdout)
    silent = [file for file in FORBIDDEN if not any("restricted" in one or "boundar" in one for one in rules[file])]
    assert not silent, f"no import rule complains: {silent}; all complaints: {rules}"
