"""The usual mistakes of chapter 09, each with a part of the sentence that it must get."""

GRU = """
def first_gru_step(x, h, W, U, b):
    n = h.shape[1]
    z = sigmoid(x @ W[:, :n] + h @ U[:, :n] + b[:n])
    r = sigmoid(x @ W[:, n:2*n] + h @ U[:, n:2*n] + b[n:2*n])
    g = np.tanh(x @ W[:, 2*n:] + (r * h) @ U[:, 2*n:] + b[2*n:])
    return z * h + (1 - z) * g
"""
READ = """
def read_padded(x, lengths, W, U, b):
    h, states = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        reads = (t < np.asarray(lengths))[:, None]
        h = np.where(reads, np.tanh(x[:, t] @ W + h @ U + b), h)
        states.append(h)
    return np.stack(states, axis=1)
"""
MISTAKES = {
    "E35": [
        (GRU.replace("z * h + (1 - z) * g", "(1 - z) * h + z * g"), "old state and candidate are swapped"),
        (GRU.replace("(r * h) @ U[:, 2*n:]", "r * (h @ U[:, 2*n:])"), "comes after the product"),
        (GRU.replace("z * h + (1 - z) * g", "r * h + (1 - r) * g").replace("(r * h) @", "(z * h) @"), "wrong order"),
        (GRU.replace("(r * h) @", "h @"), "the reset gate is missing"),
        (GRU.replace("np.tanh", "sigmoid"), "it takes `tanh`"),
        (GRU.replace("z * h + (1 - z) * g", "g"), "the mix with the old state is missing"),
        (GRU.replace("+ b[2*n:])", ")"), "the candidate's bias is missing"),
        (GRU.replace("np.tanh(", "("), "the candidate has no activation"),
        (GRU.replace("z * h + (1 - z) * g", "z * h + g"), "with the weight 1 − z"),
        (GRU.replace("sigmoid(", "np.tanh("), "gates go through the sigmoid"),
        (
            GRU.replace(
                "x @ W[:, 2*n:] + (r * h) @ U[:, 2*n:] + b[2*n:]", "r * (x @ W[:, 2*n:] + h @ U[:, 2*n:] + b[2*n:])"
            ),
            "on the old state alone",
        ),
    ],
    "E36": [
        (
            READ.replace("np.where(reads, np.tanh(x[:, t] @ W + h @ U + b), h)", "np.tanh(x[:, t] @ W + h @ U + b)"),
            "padding",
        ),
        (READ.replace("t < np", "t <= np"), "one frame too far"),
        (
            READ.replace("np.where(reads, np.tanh(x[:, t] @ W + h @ U + b), h)", "np.tanh(x[:, t] @ W + b)"),
            "not carried",
        ),
        (READ.replace("@ U + b), h)", "@ U + b), 0 * h)"), "it should stay what it was"),
        (READ.replace("np.stack(states, axis=1)", "h"), "the last state only"),
        (READ.replace("np.stack(states, axis=1)", "np.stack(states)"), "stack them along axis 1"),
        (READ.replace("x[:, t]", "x[t]"), "Called as read_padded(<float32 array of shape (4, 6, 5)>"),
        (READ.replace("np.tanh(", "("), "values differ from Keras"),
        (READ.replace("t < np", "t + 1 < np"), "one frame too short"),
        (READ.replace("t < np", "t >= np"), "the condition is turned"),
        (READ.replace(" + b)", ")"), "the bias is missing"),
        (READ.replace("        reads = ", "        states.append(h)\n        reads = "), "has shape (4, 12, 2)"),
        (
            """
def read_padded(x, lengths, W, U, b):
    h, states = np.zeros((len(x), len(U))), []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] @ W + h @ U + b)
        states.append(np.where((t < np.asarray(lengths))[:, None], new, h))
        h = new
    return np.stack(states, axis=1)
""",
            "is not to be carried on",
        ),
        (
            """
def read_padded(x, lengths, W, U, b):
    states = []
    for clip, n in zip(x, lengths):
        states.append([np.zeros(len(U))])
        for t in range(n):
            states[-1].append(np.tanh(clip[t] @ W + states[-1][-1] @ U + b))
    return states
""",
            "unequal length came back",
        ),
    ],
    "E44": [
        ("def forget_bias(lag, share):\n    return share ** (1 / lag)\n", "that is the gate"),
        ("def forget_bias(lag, share):\n    return np.log(share / (1 - share))\n", "in one step"),
        (
            "def forget_bias(lag, share):\n    g = share ** (1 / lag)\n    return np.log((1 - g) / g)\n",
            "the sign is turned",
        ),
        ("def forget_bias(lag, share):\n    return np.log(share) / lag\n", "and not exp(b)"),
        ("def forget_bias(lag, share):\n    return 3.0\n", "would be left"),
        (
            """
def forget_bias(lag, share):
    g = share / lag
    return np.log(g / (1 - g))
""",
            "and no part",
        ),
        (
            """
def forget_bias(lag, share):
    g = share**lag
    return np.log(g / (1 - g))
""",
            "not its power",
        ),
        (
            """
def forget_bias(lag, share):
    g = share ** (1 / lag)
    return 1 / (1 + np.exp(-g))
""",
            "the sigmoid of the gate",
        ),
        (
            """
def forget_bias(lag, share):
    g = share ** (1 / lag)
    return g / (1 - g)
""",
            "the logarithm is missing",
        ),
    ],
}
