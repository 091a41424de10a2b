"""Deadlines hold in the thread that sets them, with those of the callers, and nowhere else."""

import threading

import pytest

from theory.deadline import DeadlineExceededError, check, until


def test_deadlines_of_all_callers_hold():
    over = {"outer": False, "inner": False}
    with until(lambda: over["outer"]):
        with until(lambda: over["inner"]):
            check()
            for name in over:
                over[name] = True
                with pytest.raises(DeadlineExceededError):
                    check()
                over[name] = False
        over["inner"] = True
        check()
        over["outer"] = True
        with pytest.raises(DeadlineExceededError):
            check()
        seen = []
        other = threading.Thread(target=lambda: seen.append(check()))
        other.start()
        other.join()
        assert seen == [None]
    check()
