.writable low, high
low: . 1 2
high: . 3
# registers: write_low=0 write_high=2
