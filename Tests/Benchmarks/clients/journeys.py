"""locust: people who join, poll when they were told to, enter when they are ready, and come again.

The stages come from $STAGES: seconds and users of each, as `20:10 60:500`.
"""

import itertools
import os
import time
import uuid

from locust import FastHttpUser, LoadTestShape, between, task

numbers = itertools.count()


class Person(FastHttpUser):
    """Somebody who wants a ticket; each journey is another person."""

    wait_time = between(0.2, 1)
    connection_timeout = network_timeout = 10

    @task
    def journey(self):
        """Join, wait as told, enter."""
        queue = "/api/v1/queue"
        body = {"event_id": "journeys", "user_id": f"{uuid.uuid4()}-{next(numbers)}"}
        joined = self.client.post(f"{queue}/join", json=body)
        if joined.status_code != 202:
            return
        place = joined.json()
        token = place["waiting_token"]
        while True:
            time.sleep(place["poll_after_sec"])
            polled = self.client.get(f"{queue}/status?token={token}", name=f"{queue}/status")
            if polled.status_code != 200:
                return
            place = polled.json()
            if not place["ready_for_entry"]:
                continue
            path = f"{queue}/enter"
            with self.client.post(
                path, json={"waiting_token": token}, catch_response=True
            ) as entered:
                # Not yet, after all, is an answer as good as another.
                if entered.status_code == 403:
                    entered.success()
                    continue
            return


class Stages(LoadTestShape):
    """So many users for so long, one stage after the other."""

    stages = [tuple(map(int, text.split(":"))) for text in os.environ["STAGES"].split()]

    def tick(self):
        """The users of the stage that it is time for."""
        end = 0
        for seconds, users in self.stages:
            end += seconds
            if self.get_run_time() < end:
                return users, max(1, users)
        return None
