/* The plain SUBLEQ loop that `scripts/bench` compares with: 32-bit cells, no bounds checks. Prints steps and seconds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int32_t memory[1 << 20];

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    FILE *file = fopen(argv[1], "r");
    int32_t input = atoi(argv[2]), value, size = 0;
    while (file && size < 1 << 20 && fscanf(file, "%d", &value) == 1) memory[size++] = value;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int32_t pc = 0, last = 0;
    int64_t steps = 0;
    while (pc >= 0) {
        int32_t a = memory[pc], b = memory[pc + 1], c = memory[pc + 2];
        steps++;
        if (a < 0) {
            memory[b] = input;
            pc += 3;
        } else if (b < 0) {
            last = memory[a];
            pc += 3;
        } else {
            int32_t result = (int32_t)((uint32_t)memory[b] - (uint32_t)memory[a]);
            memory[b] = result;
            pc = result <= 0 ? c : pc + 3;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%lld %.9f %d\n", (long long)steps, (end.tv_sec - begin.tv_sec) + 1e-9 * (end.tv_nsec - begin.tv_nsec), last);
    return 0;
}
