"""What is wrong with a data set: every look at it, put together into one report.

scanning     one pass over all pictures: what can be read, modes, sizes, thumbnails and perceptual hashes
pictures     findings on single pictures
duplicates   findings on pictures that are the same, or nearly
balance      findings on classes and their splits
features     what a pretrained network sees in the pictures
labels       findings on labels, by those features
"""

from workbench.core.doctor.report import examine

__all__ = ["examine"]
