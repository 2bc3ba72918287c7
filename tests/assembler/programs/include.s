.include "parts/constants.s"
.include "parts/twice.s"
. seven        # cells: 7
bump seven     # cells: 8
