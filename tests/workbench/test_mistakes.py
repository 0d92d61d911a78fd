from workbench.mistakes import MixUp, mix_ups, most_confused, ordered
from workbench.protocol import ClassReport, Metrics, Prediction

CONFUSION = ((5, 1, 0), (0, 9, 4), (2, 0, 8))


def test_mix_ups_are_told_most_frequent_first_with_their_share_of_the_class() -> None:
    assert mix_ups(CONFUSION) == [MixUp(1, 2, 4, 4 / 13), MixUp(2, 0, 2, 0.2), MixUp(0, 1, 1, 1 / 6)]


def test_the_class_that_is_part_of_most_mix_ups_comes_first() -> None:
    reports = tuple(ClassReport(name, 0, 0, 0, 1) for name in "abc")
    metrics = Metrics("test", "best", 1, 29, 0.1, 0.8, reports, CONFUSION)
    assert most_confused(metrics) == [2, 1, 0]


def test_mistakes_come_before_what_is_right_and_sure_ones_first() -> None:
    made = [
        Prediction("right, sure", "a", "a", 0.9),
        Prediction("wrong, unsure", "a", "b", 0.5),
        Prediction("right, unsure", "a", "a", 0.4),
        Prediction("wrong, sure", "a", "b", 0.8),
    ]
    assert [one.file for one in ordered(made)] == [
        "wrong, sure",
        "wrong, unsure",
        "right, unsure",
        "right, sure",
    ]
