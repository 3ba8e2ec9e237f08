"""Puts one of our pollers in the place of ``zmq.Poller``, in every process that has this folder in its path.

``PYTHONPATH=tools/in_place POLLER=EdgePoller program``: Python imports a module of this name as it begins.
No line of the program changes, and what it starts inherits both variables.  Without POLLER nothing happens.
"""

import os

if os.environ.get("POLLER", "zmq.Poller") != "zmq.Poller":
    import zmq

    import pollerlab

    zmq.Poller = zmq.sugar.Poller = zmq.sugar.poll.Poller = getattr(pollerlab, os.environ["POLLER"])
    zmq.Socket._poller_class = zmq.Poller  # for Socket.poll
