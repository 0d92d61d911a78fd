import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.draws import draw, sample_keys, uniforms

seeds = st.integers(0, 2**63 - 1)


@given(seeds, st.text(max_size=8), st.integers(0, 10**9))
def test_a_draw_depends_on_its_arguments_alone(seed: int, purpose: str, counter: int) -> None:
    assert draw(seed, purpose, counter) == draw(seed, purpose, counter)
    assert 0 <= draw(seed, purpose, counter) < 2**63
    assert draw(seed, purpose, counter) != draw(seed, purpose, counter + 1)


@given(seeds, st.permutations(range(8)))
def test_a_samples_draws_do_not_depend_on_its_place_in_the_batch(seed: int, order: list[int]) -> None:
    keys = sample_keys([f"image-{number}" for number in range(8)])
    whole = uniforms(seed, "augment", 1, keys, 5)
    assert np.array_equal(uniforms(seed, "augment", 1, keys[order], 5), whole[order])


def test_uniforms_are_spread_evenly_over_zero_to_one() -> None:
    values = uniforms(1, "augment", 1, sample_keys([str(number) for number in range(4000)]), 3)
    assert values.min() >= 0
    assert values.max() < 1
    counts, _ = np.histogram(values, bins=10, range=(0, 1))
    assert counts.min() > 0.9 * values.size / 10
    assert abs(np.corrcoef(values.T)[0, 1]) < 0.05
