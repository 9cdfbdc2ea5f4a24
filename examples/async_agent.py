"""The same from asyncio: every method of the store, awaited.

python examples/async_agent.py [DATABASE]
"""

import asyncio
import sys

import thoughtsearch


async def main(database: str) -> None:
    async with thoughtsearch.aopen(database) as store:
        await store.add_many(
            [
                {"ai_id": 1, "thought_content": "Retries without jitter wake all workers at once.", "tags": ["retry"]},
                {"ai_id": 1, "thought_content": "Full jitter spread the retries; the storm is over.", "tags": ["retry"]},
            ]
        )
        results = await store.search('"retries" jitter', total=True)
        print(results.total, "found")
        for hit in results:
            print(f"{hit.score:.2f}  {hit.snippet}")


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ":memory:"))
