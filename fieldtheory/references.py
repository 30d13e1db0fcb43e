"""The papers that results refer to, each spelt once."""

COHEN_MALKA_RINGEL = "Cohen, Malka, Ringel, Phys. Rev. Research 3, 023034 (2021), arXiv 1906.05301"
BORDELON = "Bordelon, Canatar, Pehlevan, ICML 2020, arXiv 2002.02561 (their lambda + t is N times our kappa)"
SIMON = "Simon, Dickens, Karkada, DeWeese, TMLR 2023, arXiv 2110.03922"
SOLLICH_WILLIAMS = "Sollich, Williams, NIPS 2004 (equivalent kernel)"
RASMUSSEN_WILLIAMS = "Rasmussen, Williams, Gaussian Processes for Machine Learning (2006), Eqs. 2.25-2.26"
