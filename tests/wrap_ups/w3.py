"""Usual mistakes in the third wrap-up quiz: each leads to the wrong choice whose reply names it."""

FIELD = """
seen, apart, answer = 1, 1, 0
while seen < {needed}:
    for stride in (1, 2):
        {step}
    answer += 1
"""

LOSS = """
def softmax(z):
    power = np.exp(z - z.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


z = logits - logits.max(axis=1, keepdims=True)
losses = {losses}
answer = f"{{{mean}:.1f}}"
"""
OF_LABELS = "[np.arange(len(logits)), labels]"
LOG_SUM = f"np.log(np.exp(z).sum(axis=1)) - z{OF_LABELS}"

RATE = """
curvatures = np.linalg.eigvalsh(inputs.T @ inputs / 100)
answer = max(rate for rate in (0.05, 0.1, 0.15, 0.3, 0.45) if rate {limit})
"""

BLIND = """
orders = {orders}
answer = next(
    name for name, reader in readers.items() if all(np.allclose(reader(frames[o]), reader(frames)) for o in orders)
)
"""

MISTAKES = {
    1: [
        ("answer = max(model.layers, key=lambda layer: layer.count_params()).name", "dense"),
        (
            "convolutions = network(layers.GlobalAveragePooling3D()).layers[:3]\n"
            "answer = max(convolutions, key=lambda layer: np.prod(layer.kernel_size) * layer.filters).name",
            "first",
        ),
    ],
    2: [
        (FIELD.format(needed="3.2", step="seen, apart = seen + 2 * apart, apart * stride"), "1"),
        (FIELD.format(needed="40", step="seen, apart = seen + 2 * apart * stride, apart * stride"), "3"),
        (FIELD.format(needed="40", step="seen += 2"), "10"),
    ],
    3: [
        (LOSS.format(losses=f"-np.log(softmax(logits).clip(1e-7, 1)){OF_LABELS}", mean="losses.mean()"), "1.1"),
        (LOSS.format(losses=f"-np.log(softmax(softmax(logits))){OF_LABELS}", mean="losses.mean()"), "1.0"),
        (LOSS.format(losses=LOG_SUM, mean="losses.sum() / logits.size"), "1.4"),
    ],
    4: [
        (RATE.format(limit="<= 1.001 / curvatures.max()"), "0.1"),
        (RATE.format(limit="< 2 / curvatures.max()"), "0.15"),
        (RATE.format(limit="< 2 / curvatures.mean()"), "0.45"),
    ],
    5: [
        ("answer = int(np.ceil(np.log(0.01) / np.log(np.abs(np.linalg.eigvals(U)).max())))", "29"),
        (
            "sizes = [np.linalg.norm(np.linalg.matrix_power(U, n)[:, 1]) for n in range(300)]\n"
            "answer = max(n for n, size in enumerate(sizes) if size >= 0.01) + 1",
            "46",
        ),
        (
            "growth = np.linalg.norm(U, 2)\n"
            "answer = 'It never does' if growth >= 1 else int(np.ceil(np.log(0.01) / np.log(growth)))",
            "It never does",
        ),
    ],
    6: [
        (BLIND.format(orders="[np.append(np.random.default_rng(i).permutation(9), 9) for i in range(50)]"), "Reader A"),
        (BLIND.format(orders="[np.arange(10)[::-1]]"), "Reader B"),
    ],
}
