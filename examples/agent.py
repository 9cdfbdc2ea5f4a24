"""An agent that writes its thoughts down and asks for them again.

python examples/agent.py [DATABASE]
"""

import sys

import thoughtsearch

database = sys.argv[1] if len(sys.argv) > 1 else ":memory:"

with thoughtsearch.open(database) as store:
    store.add(
        "The export job keeps a write transaction open while it uploads, so the database is locked for the workers.",
        ai_id=3,
        session_id=12,
        thought_type="insight",
        tags=["sqlite", "locking"],
        metadata={"step": 4, "status": "open"},
    )
    store.add(
        "WAL mode and a short transaction fixed the lock.", ai_id=3, session_id=12, thought_type="decision", tags=["sqlite"]
    )

    for hit in store.search("why was the database locked?", ai=3, limit=5):
        print(f"{hit.score:.2f}  #{hit.id}  {hit.snippet.marked('[', ']')}")

    open_questions = store.search(tags=["sqlite"], where={"status": "open"})
    print(len(open_questions), "open")
