"""The usual mistakes of chapter 03, each with a part of the sentence that it must get."""

FORWARD = "def dense_relu(x, W, b):\n    return "
BACKWARD = "def dense_backward(x, W, dz):\n    return "
COUNT = "def parameters(sizes):\n    return "

MISTAKES = {
    "E32": [
        (FORWARD + "np.maximum(W @ x + b, 0)", "clips are rows, so it is `x @ W`"),
        (FORWARD + "np.maximum(x @ W.T + b, 0)", "its columns are the nodes already"),
        (FORWARD + "np.maximum(x @ W, 0)", "the bias is missing"),
        (FORWARD + "np.maximum(x @ W, 0) + b", "the bias comes after the ReLU"),
        (FORWARD + "np.maximum(x, 0) @ W + b", "the ReLU stands on the wrong side"),
        (FORWARD + "x @ W + b", "before the activation"),
        (FORWARD + "np.maximum(x @ W + b, 0)[0]", "has shape (4,), where (4, 4) is expected"),
        (FORWARD + "np.abs(x @ W + b)", "that is the absolute value"),
        (FORWARD + "max(0, x @ W + b)", "`np.maximum` works number by number"),
        (FORWARD + "np.maximum(x * W + b, 0)", "the matrix product is `@`"),
        (FORWARD + "1 / (1 + np.exp(-(x @ W + b)))", "that is the sigmoid"),
        (FORWARD + "np.maximum(W.T @ x.T + b[:, None], 0)", "the answer is transposed"),
        (FORWARD + "np.minimum(x @ W + b, 0)", "upside down"),
    ],
    "E33": [
        (BACKWARD + "dz @ W.T, x.T @ dz, dz", "add up over the batch"),
        (BACKWARD + "dz @ W.T, x.T @ dz, dz.sum()", "each node has a bias of its own"),
        (BACKWARD + "dz @ W.T, x.T @ dz, dz.mean(axis=0)", "db: it is a mean"),
        (BACKWARD + "dz @ W.T, x.T @ dz, dz.sum(axis=1)", "the sum runs over the nodes"),
        (BACKWARD + "dz @ W.T, x.T @ dz / len(x), dz.sum(axis=0)", "dW: it is a mean"),
        (BACKWARD + "dz @ W.T, dz.T @ x, dz.sum(axis=0)", "a row of `W` belongs to an input"),
        (BACKWARD + "dz @ W.T, x @ dz, dz.sum(axis=0)", "the sum runs over the clips"),
        (BACKWARD + "dz @ W, x.T @ dz, dz.sum(axis=0)", "dx: `W` is to be transposed"),
        (BACKWARD + "x.T @ dz, dz @ W.T, dz.sum(axis=0)", "return (dx, dW, db)"),
        (BACKWARD + "dz @ W.T, x.T @ dz", "should return three arrays"),
        (BACKWARD + "W @ dz.T, x.T @ dz, dz.sum(axis=0)", "dx: it is transposed"),
        (BACKWARD + "dz @ W.T / len(x), x.T @ dz, dz.sum(axis=0)", "dx: it is a mean"),
        (BACKWARD + "dz @ W.T * (x > 0), x.T @ dz, dz.sum(axis=0)", "no activation"),
        (BACKWARD + "dz @ W.T, -x.T @ dz, dz.sum(axis=0)", "dW: its sign is turned"),
        (BACKWARD + "dz @ W.T, x.T @ dz, np.ones(W.shape[1])", "and not 1"),
    ],
    "E41": [
        (COUNT + "sum(a * b for a, b in zip(sizes, sizes[1:]))", "is 33, not 24: these are the weights"),
        (COUNT + "sum(a * b + 1 for a, b in zip(sizes, sizes[1:]))", "not one for each layer"),
        (COUNT + "sum(a * b for a, b in zip(sizes, sizes[1:])) + sum(sizes)", "the input layer has no biases"),
        (COUNT + "sum(a * b + a for a, b in zip(sizes, sizes[1:]))", "biases belong to the nodes"),
        (COUNT + "sum(sizes[1:])", "the weights are missing"),
        (COUNT + "sum(sizes)", "these are the nodes"),
        (COUNT + "sum(a * b for a, b in zip(sizes, sizes[1:])) + sum(sizes[1:-1])", "the last layer have biases"),
        (COUNT + "np.prod(sizes)", "one product for each pair"),
    ],
}
