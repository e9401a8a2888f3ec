"""That there is nothing takes the same time whatever the reason, as far as a clock outside can tell."""

import asyncio


async def even_out(began: float, seconds: float) -> None:
    """Wait until the time since `began`, of the running loop's clock, is a multiple of `seconds`.

    What is hidden from somebody takes a little longer to find out about than what does not exist: an archive that has
    rows is asked whether it has others, and the patient's identity is asked for. Whoever may ask nobody would be
    answered at once.
    """
    taken = asyncio.get_running_loop().time() - began
    await asyncio.sleep(seconds - taken % seconds)
