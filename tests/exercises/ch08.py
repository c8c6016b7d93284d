"""The usual mistakes of chapter 08, each with a part of the sentence that it must get."""

SOFTMAX = """
def logits_gradient(logits, labels):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1])[labels]
"""
ADAMW = """
def adamw(theta, gradient, m, v, done, rate=0.001, decay=0.0, beta1=0.9, beta2=0.999, epsilon=1e-7):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
"""
CORRECTED = "    mean, square = m / (1 - beta1 ** (done + 1)), v / (1 - beta2 ** (done + 1))\n    return "
SHRUNK = "theta * (1 - rate * decay)"

MISTAKES = {
    "E13": [
        (SOFTMAX + "    return p - one_hot\n", "N times too large"),
        (SOFTMAX + "    return (one_hot - p) / len(p)\n", "its sign is turned"),
        (SOFTMAX + "    return (p - labels[:, None]) / len(p)\n", "one-hot row first"),
        (SOFTMAX + "    return (p - one_hot) / p.size\n", "the mean is over the rows"),
        (SOFTMAX + "    return (p - one_hot) / p.shape[1]\n", "not of rows"),
        (SOFTMAX + "    return p / len(p)\n", "nothing was subtracted"),
        (SOFTMAX + "    return (p - one_hot).mean(axis=0)\n", "has shape (4,), where (5, 4) is expected"),
        (SOFTMAX + "    return p * (p - one_hot) / len(p)\n", "By central differences"),
        (
            """
def logits_gradient(logits, labels):
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return (p - np.eye(logits.shape[1])[labels]) / len(logits)
""",
            "overflow",
        ),
        (
            """
def logits_gradient(logits, labels):
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return (p - np.eye(logits.shape[1])[labels]) / len(logits)
""",
            "changed the arrays",
        ),
        (SOFTMAX + "    p[:, labels] -= 1\n    return p / len(p)\n", "and not `p[:, labels]`"),
        (SOFTMAX + "    p[labels] -= 1\n    return p / len(p)\n", "takes whole rows"),
        (SOFTMAX + "    return (p + one_hot) / len(p)\n", "not added"),
        (SOFTMAX + "    p[np.arange(len(p)), labels] = -1\n    return p / len(p)\n", "stands p − 1"),
        (SOFTMAX + "    return -one_hot / p / len(p)\n", "by the probabilities"),
        (SOFTMAX + "    return (logits - one_hot) / len(p)\n", "take their softmax first"),
    ],
    "E14": [
        (f"def largest_rate(curvature, momentum=0.0):\n    return {code}\n", fragment)
        for code, fragment in (
            ("1 / np.linalg.eigvalsh(curvature)[-1]", "twice that is still stable"),
            ("2 / np.linalg.eigvalsh(curvature)[0]", "the limit of the flattest direction"),
            ("2 / np.diag(curvature).max()", "take the eigenvalues"),
            ("2 / np.linalg.norm(np.diag(curvature))", "no curvature"),
            ("2 / np.linalg.norm(curvature)", "mixes all eigenvalues"),
            ("2 / np.linalg.eigvalsh(curvature)[[0, -1]].sum()", "the quickest rate"),
            ("2 / np.linalg.eigvalsh(curvature)[-1]", "momentum raises the limit: put"),
            ("2 * (1 - momentum) / np.linalg.eigvalsh(curvature)[-1]", "does not lower it"),
            ("0.1", "it belongs to the steepest direction"),
            ("2 / np.linalg.eigvalsh(curvature)", "where a single number is expected"),
            ("2 * (1 + momentum) / np.linalg.det(curvature)", "the determinant"),
            ("2 * (1 + momentum) / np.linalg.eigvals(curvature)[0]", "the flattest direction"),
            ("2 * (1 + momentum) / np.linalg.eigvalsh(curvature).mean()", "an average curvature"),
            ("2 / (1 - momentum) / np.linalg.eigvalsh(curvature)[-1]", "the limit grows by 1 + β"),
            ("np.linalg.eigvalsh(curvature)[-1] / 2", "upside down"),
        )
    ],
    "E38": [
        (
            ADAMW + "    return theta * (1 - rate * decay) - rate * m / (np.sqrt(v) + epsilon), m, v\n",
            "the two means are not corrected",
        ),
        (
            ADAMW
            + "    mean, square = m / (1 - beta1 ** (done + 1)), v / (1 - beta2 ** (done + 1))\n"
            + "    return theta * (1 - rate * decay) - rate * mean / np.sqrt(square + epsilon), m, v\n",
            "add it after the root",
        ),
        (
            ADAMW
            + "    mean, square = m / (1 - beta1**done), v / (1 - beta2**done)\n"
            + "    return theta * (1 - rate * decay) - rate * mean / (np.sqrt(square) + epsilon), m, v\n",
            "use done + 1",
        ),
        (
            ADAMW
            + "    mean, square = m / (1 - beta1 ** (done + 1)), v / (1 - beta2 ** (done + 1))\n"
            + "    return theta * (1 - decay) - rate * mean / (np.sqrt(square) + epsilon), m, v\n",
            "not multiplied by the rate",
        ),
        (
            ADAMW
            + "    mean, square = m / (1 - beta1 ** (done + 1)), v / (1 - beta2 ** (done + 1))\n"
            + "    return theta - rate * mean / (np.sqrt(square) + epsilon), m, v\n",
            "the decay is missing",
        ),
        (
            ADAMW.replace("    m = beta1", "    gradient = gradient + decay * theta\n    m = beta1")
            + "    mean, square = m / (1 - beta1 ** (done + 1)), v / (1 - beta2 ** (done + 1))\n"
            + "    return theta - rate * mean / (np.sqrt(square) + epsilon), m, v\n",
            "L2 and not AdamW",
        ),
        (
            ADAMW
            + "    m, v = m / (1 - beta1 ** (done + 1)), v / (1 - beta2 ** (done + 1))\n"
            + "    return theta - rate * m / (np.sqrt(v) + epsilon), m, v\n",
            "before the correction",
        ),
        (ADAMW + "    return theta - rate * m\n", "three arrays"),
        (
            ADAMW + CORRECTED + SHRUNK + " - rate * m / (np.sqrt(square) + epsilon), m, v",
            "the mean of the gradient is not corrected",
        ),
        (
            ADAMW + CORRECTED + SHRUNK + " - rate * mean / (np.sqrt(v) + epsilon), m, v",
            "the mean of the squares is not corrected",
        ),
        (ADAMW + CORRECTED + SHRUNK + " - rate * mean / (square + epsilon), m, v", "the root is missing"),
        (ADAMW + CORRECTED + SHRUNK + " - rate * mean / np.sqrt(square), m, v", "ε is missing"),
        (
            ADAMW + CORRECTED + "(theta - rate * mean / (np.sqrt(square) + epsilon)) * (1 - rate * decay), m, v",
            "before the step",
        ),
        (
            ADAMW
            + CORRECTED
            + SHRUNK
            + " - rate * mean / (np.sqrt(square) + epsilon / np.sqrt(1 - beta2 ** (done + 1))), m, v",
            "as Keras does",
        ),
        (
            ADAMW.replace("gradient**2", "gradient")
            + CORRECTED
            + SHRUNK
            + " - rate * mean / (np.sqrt(square) + epsilon), m, v",
            "was not squared",
        ),
        (
            ADAMW.replace("beta1 * m + (1 - beta1)", "(1 - beta1) * m + beta1")
            + CORRECTED
            + SHRUNK
            + " - rate * mean, m, v",
            "β is the part of the old m",
        ),
    ],
}
