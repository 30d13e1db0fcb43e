"""The papers that results refer to, each spelt once; `references.bib` has their BibTeX."""

from __future__ import annotations

# kernels of infinite networks
WILLIAMS = "Williams, NIPS 1996 (infinite networks)"
CHO_SAUL = "Cho, Saul, NIPS 2009 (arc-cosine kernels)"
LEE = "Lee, Bahri, Novak, Schoenholz, Pennington, Sohl-Dickstein, ICLR 2018, arXiv 1711.00165"
JACOT = "Jacot, Gabriel, Hongler, NeurIPS 2018, arXiv 1806.07572"
TSUCHIDA = "Tsuchida, Pearce, van der Heide, Roosta, Gallagher, AAAI 2021 (gelu networks)"
KLAMBAUER = "Klambauer, Unterthiner, Mayr, Hochreiter, NIPS 2017, arXiv 1706.02515 (selu networks)"
TSUCHIDA_LEAKY = "Tsuchida, Roosta, Gallagher, ICML 2018, arXiv 1711.09090 (leaky relu networks)"
SINUSOIDAL = "de Avila Belbute-Peres, Kolter, ICLR 2023, arXiv 2211.14503 (bandwidth of sinusoidal networks)"
BACH = "Bach, JMLR 18(19) (2017) (eigenvalues of arc-cosine kernels)"

# learning curves
COHEN_MALKA_RINGEL = "Cohen, Malka, Ringel, Phys. Rev. Research 3, 023034 (2021), arXiv 1906.05301"
BORDELON = "Bordelon, Canatar, Pehlevan, ICML 2020, arXiv 2002.02561 (their lambda + t is N times our kappa)"
SIMON = "Simon, Dickens, Karkada, DeWeese, TMLR 2023, arXiv 2110.03922"
SOLLICH_WILLIAMS = "Sollich, Williams, NIPS 2004 (equivalent kernel)"
RASMUSSEN_WILLIAMS = "Rasmussen, Williams, Gaussian Processes for Machine Learning (2006), Eqs. 2.25-2.26"
SOVEN = "Soven, Phys. Rev. 156, 809 (1967) (coherent potential)"
LINDNER = "Lindner, Dahmen, Krämer, Helias, arXiv 2307.16695 (data variability)"
SPIGLER = "Spigler, Geiger, Wyart, J. Stat. Mech. 2020, 124001, arXiv 1905.10843"

# renormalisation
HOWARD = "Howard, Jefferson, Maiti, Ringel, arXiv 2405.06008 (Wilsonian renormalisation)"
MIGDAL = "Migdal, Sov. Phys. JETP 42, 743 (1975) (moving bonds)"
KADANOFF = "Kadanoff, Ann. Phys. 100, 359 (1976) (moving bonds)"
NIEMEIJER_VAN_LEEUWEN = "Niemeijer, van Leeuwen, Phys. Rev. Lett. 31, 1411 (1973) (cumulants of triangles)"
NIGHTINGALE = "Nightingale, Physica A 83, 561 (1976) (strips)"
BLOETE = "Blöte, Cardy, Nightingale, Phys. Rev. Lett. 56, 742 (1986) (free energy of strips)"
RINGEL_DE_BEM = "Ringel, de Bem, arXiv 1802.02154 (mazes and depth)"
KOCH_JANUSZ_RINGEL = "Koch-Janusz, Ringel, Nat. Phys. 14, 578 (2018), arXiv 1704.06279 (mutual information)"
LENGGENHAGER = (
    "Lenggenhager, Gökmen, Ringel, Huber, Koch-Janusz, Phys. Rev. X 10, 011037 (2020), arXiv 1809.09632"
)
BURSHTEIN = "Burshtein, Della Pietra, Kanevsky, Nadas, Ann. Stat. 20, 1637 (1992) (optimal partitions)"
GEIGER_JAMMING = "Geiger et al., Phys. Rev. E 100, 012115 (2019), arXiv 1809.09349 (jamming)"
SPIGLER_JAMMING = "Spigler et al., J. Phys. A 52, 474001 (2019), arXiv 1810.09665 (jamming)"
GEIGER_PARAMETERS = "Geiger et al., J. Stat. Mech. 2020, 023401, arXiv 1901.01608 (number of parameters)"
COVER = "Cover, IEEE Trans. Electron. Comput. EC-14, 326 (1965) (separable dichotomies)"
PETRINI = "Petrini, Favero, Geiger, Wyart, NeurIPS 2021, arXiv 2105.02468 (stability to diffeomorphisms)"
GARDNER = "Gardner, J. Phys. A 21, 257 (1988) (capacity of the perceptron)"
CHIZAT = "Chizat, Oyallon, Bach, NeurIPS 2019, arXiv 1812.07956 (lazy training)"
GEIGER_LAZY = "Geiger, Spigler, Jacot, Wyart, J. Stat. Mech. 2020, 113301, arXiv 1906.08034 (lazy training)"
RAHIMI = "Rahimi, Recht, NIPS 2007 (random features)"
REYNOLDS = "Reynolds, Klein, Stanley, J. Phys. C 10, L167 (1977) (cells of percolation)"
POOLE = "Poole, Lahiri, Raghu, Sohl-Dickstein, Ganguli, NIPS 2016, arXiv 1606.05340"
SCHOENHOLZ = "Schoenholz, Gilmer, Ganguli, Sohl-Dickstein, ICLR 2017, arXiv 1611.01232"
ROBERTS_YAIDA_HANIN = "Roberts, Yaida, Hanin, The Principles of Deep Learning Theory (2022), arXiv 2106.10165"
SEROUSSI = "Seroussi, Naveh, Ringel, Nat. Commun. 14, 908 (2023), arXiv 2112.15383 (adaptive kernels)"
RUBIN_MULTISCALE = (
    "Rubin, Fischer, Lindner, Dahmen, Seroussi, Ringel, Krämer, Helias, arXiv 2502.03210 (multi-scale theory)"
)
LI_SOMPOLINSKY = "Li, Sompolinsky, Phys. Rev. X 11, 031059 (2021), arXiv 2012.04030 (deep linear networks)"
NAVEH = "Naveh, Ben-David, Sompolinsky, Ringel, Phys. Rev. E 104, 064301 (2021), arXiv 2004.01190"
NAVEH_RINGEL = "Naveh, Ringel, NeurIPS 2021, arXiv 2106.04110 (self-consistent Gaussian processes)"
PACELLI = "Pacelli et al., Nat. Mach. Intell. 5, 1497 (2023), arXiv 2209.04882 (finite P/n)"
RUBIN_GROKKING = "Rubin, Seroussi, Ringel, ICLR 2024, arXiv 2310.03789 (first-order feature learning)"
MURRAY = "Murray, Adams, MacKay, AISTATS 2010 (elliptical slice sampling)"
GELMAN_RUBIN = "Gelman, Rubin, Statistical Science 7, 457 (1992) (R-hat of chains)"
BANTA = "Banta, Cai, Craig, Zhang, arXiv 2305.02334 (diagrams of finite width)"
WRIGHT = "Wright, Nakahira, Moura, AISTATS 2024, arXiv 2403.16163 (covariance propagation)"
BEN_DAVID_RINGEL = "Ben-David, Ringel, arXiv 1902.02354 (role of a layer, layer-wise training)"
BORDELON_PEHLEVAN = "Bordelon, Pehlevan, NeurIPS 2022, arXiv 2205.09653 (dynamical mean-field theory)"
BORDELON_PEHLEVAN_WIDTH = "Bordelon, Pehlevan, NeurIPS 2023, arXiv 2304.03408 (fluctuations at finite width)"

# data
INGROSSO_GOLDT = "Ingrosso, Goldt, PNAS 119, e2201854119 (2022), arXiv 2202.00565 (nonlinear Gaussian data)"
PLACKETT = "Plackett, Biometrika 41, 351 (1954) (reduction of normal integrals)"
SLEPIAN = "Slepian, SIAM J. Math. Anal. 3, 606 (1972) (Mehler's formula for several variables)"
