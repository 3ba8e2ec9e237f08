import sys

import pytest
import zmq

from pollerlab import EdgePoller, Poller
from pollerlab.pollers.differences import DIFFERENCES

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="EdgePoller needs Linux")
pytestmark = pytest.mark.usefixtures("nothing_left")

each_row = pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.what)


@each_row
@pytest.mark.parametrize("kind", [zmq.Poller, Poller, pytest.param(EdgePoller, marks=on_linux)])
def test_each_does_what_the_table_says(row, kind):
    expected = {zmq.Poller: row.usual, Poller: row.ours, EdgePoller: row.edge or row.ours}
    assert row.run(kind) == expected[kind]


@each_row
def test_each_row_has_a_difference(row):
    assert len({row.usual, row.ours, row.edge or row.ours}) == 2
    assert row.why.endswith(".")
