"""The usual mistakes of chapter 06, each with a part of the sentence that it must get."""

MISTAKES = {
    "E05": [
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - kernel) // stride + 1
""",
            "three taps reach over 9 places",
        ),
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride
""",
            "output_size(32, 5, stride=1, padding=0, dilation=1) is 28, not 27",
        ),
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1
""",
            "added at both ends",
        ),
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
""",
            "divide by `//`",
        ),
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return round((size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 0.51) + 1
""",
            "not",
        ),
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size - dilation * (kernel - 1) - 1) // stride + 1
""",
            "added at both ends",
        ),
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return size + 2 * padding - dilation * (kernel - 1)
""",
            "with stride 2",
        ),
        (
            """
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * kernel) // stride + 1
""",
            "three taps reach over 9 places",
        ),
    ],
    "E06": [
        (
            """
def cost_of(kernel, channels, filters, output):
    weights = kernel[0] * kernel[1] * kernel[2] * channels * filters
    return weights, weights * output[0] * output[1] * output[2]
""",
            "the parameters are 5,248, not 5,184: each filter also has a bias.",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    weights = kernel[0] * kernel[1] * kernel[2]
    return (weights + 1) * filters, weights * filters * output[0] * output[1] * output[2]
""",
            "each filter reads every channel",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    weights = kernel[0] * kernel[1] * kernel[2] * channels
    return (weights + 1) * filters, weights * filters
""",
            "used again at every place",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    weights = kernel[0] * kernel[1] * kernel[2] * channels + 1
    return weights * filters, weights * filters * output[0] * output[1] * output[2]
""",
            "adding the bias is no multiply-add",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    return (kernel[0] * kernel[1] * kernel[2] * channels + 1) * filters
""",
            "should return two numbers",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    places, weights = output[0] * output[1] * output[2], kernel[0] * kernel[1] * kernel[2] * channels
    return (weights + 1) * filters, 2 * weights * filters * places
""",
            "one multiply-add",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    places, weights = output[0] * output[1] * output[2], kernel[0] * kernel[1] * kernel[2] * channels
    return (weights + 1) * filters, weights * filters * sum(output)
""",
            "the places of the output multiply",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    places, weights = output[0] * output[1] * output[2], kernel[0] * kernel[1] * kernel[2] * channels
    return (weights + channels) * filters, weights * filters * places
""",
            "a filter has one bias",
        ),
        (
            """
def cost_of(kernel, channels, filters, output):
    places, weights = output[0] * output[1] * output[2], kernel[0] * kernel[1] * kernel[2] * channels
    return (sum(kernel) * channels + 1) * filters, weights * filters * places
""",
            "its taps multiply",
        ),
    ],
    "E07": [
        (
            """
def conv3d(clip, kernel, bias):
    kernel = kernel[::-1, ::-1, ::-1]
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output += clip[i : i + t, j : j + h, l : l + w] @ kernel[i, j, l]
    return output
""",
            "the kernel runs backwards",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4]))
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output += clip[i : i + t, j : j + h, l : l + w] @ kernel[i, j, l]
    return output
""",
            "lacks the bias",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output += clip[i : i + t, j : j + h, l : l + w, :1] @ kernel[i, j, l, :1]
    return output
""",
            "only the first channel",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output += clip[i : i + t, j : j + h, l : l + w] @ kernel[i, j, l]
    return output
""",
            "has shape (3, 4, 4, 6), where (4, 5, 5, 6) is expected",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for j, l in np.ndindex(kernel.shape[1:3]):
        output += clip[:t, j : j + h, l : l + w] @ kernel[0, j, l]
    return output
""",
            "values differ from Keras",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    return clip @ kernel + bias
""",
            "Called as conv3d(<float32 array of shape (5, 7, 8, 3)>",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output = clip[i : i + t, j : j + h, l : l + w] @ kernel[i, j, l]
    return output + bias
""",
            "with `+=`",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output += clip[i : i + t, j : j + h, l : l + w] @ kernel[i, j, l]
    return np.maximum(output, 0)
""",
            "there is an activation in it",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output += clip[:t, j : j + h, l : l + w] @ kernel[i, j, l]
    return output
""",
            "do not move with the kernel",
        ),
        (
            """
def conv3d(clip, kernel, bias):
    t, h, w = (n - k + 1 for n, k in zip(clip.shape, kernel.shape[:3]))
    output = np.zeros((t, h, w, kernel.shape[4])) + bias
    for i, j, l in np.ndindex(kernel.shape[:3]):
        output += clip[i : i + t, j : j + h, l : l + w] @ kernel[i, j, l] + bias
    return output - bias
""",
            "for every place of the kernel",
        ),
    ],
    "E08": [
        (
            """
def receptive_field(layers):
    field = [1, 1, 1]
    for kernel, stride in layers:
        field = [f + k - 1 for f, k in zip(field, kernel)]
    return tuple(field)
""",
            "after a stride of 2, neighbours stand 2 apart",
        ),
        (
            """
def receptive_field(layers):
    return tuple(sum(kernel[axis] for kernel, _ in layers) for axis in range(3))
""",
            "a second kernel of 3 adds 2",
        ),
        (
            """
def receptive_field(layers):
    field, jump = [1, 1, 1], [1, 1, 1]
    for kernel, stride in layers:
        for axis in range(3):
            jump[axis] *= stride[axis]
            field[axis] += (kernel[axis] - 1) * jump[axis]
    return tuple(field)
""",
            "this is the source's block",
        ),
        (
            """
def receptive_field(layers):
    field = jump = 1
    for kernel, stride in layers:
        field += (kernel[0] - 1) * jump
        jump *= stride[0]
    return field
""",
            "has shape (), where (3,) is expected",
        ),
        (
            """
def receptive_field(layers):
    field, jump = [1, 1, 1], [1, 1, 1]
    for kernel, stride in reversed(layers):
        for axis in range(3):
            field[axis] += (kernel[axis] - 1) * jump[axis]
            jump[axis] *= stride[axis]
    return tuple(field)
""",
            "this is the source's block",
        ),
        (
            """
def receptive_field(layers):
    field = [1, 1, 1]
    for kernel, _ in layers:
        field = [f * k for f, k in zip(field, kernel)]
    return tuple(field)
""",
            "adds 2, not 3",
        ),
    ],
}
