"""The complex step: an imaginary part so small that its square is far below rounding carries a derivative."""

STEP = 1e-25
