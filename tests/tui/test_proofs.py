"""What a view keeps of verifies, contradictions and rate searches, and what the log and the tree say of them."""

from collections.abc import Iterable

from tests.tui.made_models import SESSION, model
from tests.tui.made_runs import life, started, steps, view_of
from tui.state import RunView
from tui.tree_state import TreeState, live_state
from tui.widgets.tree_rows import ModelRows, inside, paths_holding
from tui.words import rates
from workbench import protocol
from workbench.protocol import Event
from workbench.session_file import parse


def frozenness(*trainable: str, step: int = 0, scales: dict[str, float] | None = None) -> protocol.Frozenness:
    return protocol.Frozenness(
        step=step,
        trainable=trainable,
        trainable_parameters=1,
        rate_scales=scales or {},
        training_norms=(),
        batchnorm="frozen",
    )


def verified(step: int = 40, broken: tuple[str, ...] = ()) -> protocol.Verified:
    return protocol.Verified(
        step=step,
        since=0,
        still=168,
        expected="3f2a" * 16,
        found=("0bad" if broken else "3f2a") * 16,
        broken=broken,
        changed={"fc.weight": 0.12, "fc.bias": 3e9, "layer2.0.conv.weight": 0.0},
    )


def searched(step: int = 40, suggestion: float = 0.00123) -> protocol.RateSearched:
    rates = tuple(1e-6 * 10 ** (index / 10) for index in range(50))
    losses = tuple(2.3 - 1.5 * (index > 25) * (index - 25) / 25 for index in range(50))
    return protocol.RateSearched(step=step, rates=rates, losses=losses, suggestion=suggestion)


def contradicted(step: int, **found: str) -> protocol.Contradicted:
    return protocol.Contradicted(
        step=step, epoch=step // 20, found={name.replace("__", "."): why for name, why in found.items()}
    )


def last_line(events: Iterable[Event]) -> str:
    return view_of(events).log[-1].text


def state_of(view: RunView) -> TreeState:
    state = live_state(parse(SESSION), model(), view)
    assert state is not None
    return state


# ---- the log ----


def test_a_verify_is_one_line_with_the_digest_and_what_moved_most() -> None:
    line = last_line([started(), verified()])
    assert "✓ 168 frozen tensors are bit-identical to when frozen (sha256 3f2a3f2a3f2a…)" in line
    assert "2 of 3 others moved since step 0, fc.bias most (from zero)" in line


def test_a_broken_verify_names_what_changed() -> None:
    line = view_of([started(), verified(broken=("conv1.weight", "bn1.running_mean"))]).log[-1]
    assert line.kind == "error"
    assert "✗ 2 of 168 frozen tensors changed: conv1.weight, bn1.running_mean" in line.text


def test_a_search_says_how_to_apply_what_it_suggests() -> None:
    assert last_line([started(), searched()]).endswith("suggests lr 0.0012")
    assert "suggests none" in last_line([started(), searched(suggestion=0.0)])


def test_contradictions_are_told_by_reason_and_their_end_too() -> None:
    line = last_line([started(), contradicted(20, fc__weight="its rate is 0", fc__bias="its rate is 0")])
    assert "epoch 1: plan and fact differ: fc.weight, fc.bias: its rate is 0" in line
    assert "no contradictions are left" in last_line([started(), contradicted(40)])


# ---- the view ----


def test_the_latest_of_each_is_kept_until_steps_are_taken_again() -> None:
    view = view_of([started(), steps(0, 40), verified(), searched(), contradicted(40, fc__bias="why")])
    assert view.proofs.verified == verified()
    assert view.proofs.contradictions == {"fc.bias": "why"}
    view.feed(started(20))
    assert (view.proofs.verified, view.proofs.searched, view.proofs.contradictions) == (None, None, {})


def test_what_verify_found_broken_is_a_contradiction() -> None:
    view = view_of([started(), verified(broken=("bn1.running_mean",))])
    assert "verify" in view.proofs.contradictions["bn1.running_mean"]


def test_a_change_of_state_or_rate_ends_a_contradiction() -> None:
    view = view_of(
        [
            started(),
            frozenness("a.weight", "b.weight", "c.weight", scales={"b.weight": 0.0}),
            contradicted(20, a__weight="unused", b__weight="rate 0", c__weight="unused"),
            frozenness("b.weight", "c.weight", step=25, scales={"b.weight": 1.0}),
        ]
    )
    assert view.proofs.contradictions == {"c.weight": "unused"}


def test_a_whole_run_without_proofs_has_none() -> None:
    proofs = view_of(life()).proofs
    assert (proofs.verified, proofs.searched, proofs.contradictions) == (None, None, {})


# ---- the tree ----


def test_a_contradiction_flags_its_row_and_all_around_it() -> None:
    paths = paths_holding(["layer2.0.bn.weight"])
    shown = {node.path for node in ModelRows(model()).nodes if node.path in paths}
    assert shown == {"layer2", "layer2.0", "layer2.0.bn"}
    assert paths_holding([]) == set()


def test_a_row_holds_its_own_and_what_lies_below() -> None:
    by_path = {node.path: node for node in ModelRows(model()).nodes}
    assert inside(by_path["layer2.0"], "layer2.0.bn.weight")
    assert not inside(by_path["layer2.0"], "layer2.01.bn.weight")


def test_a_live_tree_knows_the_rate_of_the_last_step() -> None:
    view = view_of([started(), frozenness("fc.weight")])
    assert state_of(view).base_rate is None
    view.feed(steps(0, 5))
    assert state_of(view).base_rate == 1e-3


def test_rates_are_effective_over_a_base_and_multipliers_without() -> None:
    assert rates([0.1], 1.2e-3) == "1.2e-4"
    assert rates([0.1, 1.0], 1.2e-3) == "≤0.0012"
    assert rates([0.0], 1e-3) == "0"
    assert rates([0.1], None) == "×0.1"
    assert rates([0.1, 1.0], None) == "×…"
    assert rates([1.0], None) == rates([], 1e-3) == ""
