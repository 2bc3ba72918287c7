# options: dialect=subleq
1 2 1.5  # error: dialect subleq has no real numbers at 5
