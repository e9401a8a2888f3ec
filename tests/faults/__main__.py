"""`python -m tests.faults`: do everything bad to the service once, and write down what came of it."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.hostile import outcomes
from tests.faults.lines import line_outcomes
from tests.faults.page import PAGE, page
from tests.faults.scenarios import RETRIEVALS, SEARCHES


async def main() -> None:
    with TemporaryDirectory() as first, TemporaryDirectory() as second, TemporaryDirectory() as third:
        searches, retrievals = await outcomes(Path(first), SEARCHES), await outcomes(Path(second), RETRIEVALS)
        PAGE.write_text(page(searches, retrievals, await line_outcomes(Path(third))), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
