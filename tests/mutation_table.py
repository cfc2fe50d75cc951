"""Table of the last mutation run, a row a module: ``make mutation`` prints it."""

import json
from pathlib import Path

SURVIVED = {0, 5, 33}  # exit codes: all tests passed, or there was none


def main() -> None:
    """Print modules, mutants, killed (with those that ran out of time), survived and the share killed."""
    print("| Module | Mutants | Killed | Survived | Share |\n|---|---|---|---|---|")
    for path in sorted(Path("mutants/xjranalysis").glob("*.py.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].values()
        if not codes:
            continue
        survived = sum(code in SURVIVED for code in codes)
        killed = sum(code is not None and code not in SURVIVED for code in codes)
        row = (path.name.removesuffix(".py.meta"), len(codes), killed, survived, f"{killed / len(codes):.1%}")
        print(f"| {' | '.join(map(str, row))} |")


if __name__ == "__main__":
    main()
