"""The usual mistakes of chapter 19, each with a part of the sentence that it must get."""

SCALED = """
def scaled(clips, batch, rate, replicas, optimiser):
    whole = batch * replicas
    updates = -(-clips // whole)
    larger = rate * (replicas if optimiser == "sgd" else replicas**0.5)
"""
MEANS = """
def global_gradient(means, counts):
    total = (means * counts[:, None]).sum(axis=0)
"""

MISTAKES = {
    "E62": [
        (SCALED + "    return whole, updates, larger", "Return four numbers"),
        (SCALED + "    return batch, updates, larger, 5 * updates", "what one replica gets"),
        (SCALED + "    return whole, -(-clips // batch), larger, 5 * updates", "updates of one device"),
        (SCALED + "    return whole, clips // whole, larger, 5 * updates", "last clips are left out"),
        (SCALED + "    u = round(clips / whole)\n    return whole, u, larger, 5 * u", "last clips are left out"),
        (SCALED + "    return whole, clips / whole, larger, 5 * updates", "round up"),
        (SCALED + "    return whole, clips // whole + 1, larger, 5 * (clips // whole + 1)", "do not add 1"),
        (SCALED + "    return whole, updates, rate / replicas, 5 * updates", "goes down here"),
        (SCALED + "    return whole, updates, larger, 5 * -(-clips // batch)", "those of the global batch"),
        (SCALED + "    return whole, updates, larger, -(-5 * clips // whole)", "in an epoch, then multiply"),
        (SCALED + "    return whole, updates, rate * replicas, 5 * updates", "square root"),
        (SCALED + "    return whole, updates, rate * replicas**0.5, 5 * updates", "in proportion"),
        (SCALED + "    return whole, updates, rate, 5 * updates", "left as it was"),
        (SCALED + "    return whole, updates, larger, updates", "one epoch of warm-up"),
        (SCALED + "    return whole, updates, larger, 5", "not five epochs"),
        (SCALED + "    return whole, updates, larger, 5 * updates + 1", "is expected"),
    ],
    "E63": [
        (
            MEANS + "    return means.mean(axis=0) if counts[0] != counts[1] else total / counts.sum()",
            "mean of the means",
        ),
        (MEANS + "    return means.sum(axis=0)", "sum of the means"),
        (MEANS + "    return (means / np.maximum(counts, 1)[:, None]).sum(axis=0)", "do not divide it"),
        (MEANS + "    return total", "sum over all clips: divide"),
        (MEANS + "    return total / len(counts)", "number of replicas, not of clips"),
        (MEANS + "    return total / (counts.sum() + 1)", "is not the mean over all"),
        (MEANS + "    means *= 2\n    return total / counts.sum()", "changes `means`"),
    ],
}
