"""What options of the room are where nobody gives them: a promise that no change may break unseen."""

from operator import attrgetter

import pytest

from ctresearch import qualitative
from lawful import defaults_of

DEFAULTS = {
    "Agreement": "statistic='krippendorff', weights='nominal', coders=None, categories=None, separator=None, per_code=False, interval='analytic', draws=1000, circle=None, level=0.95, seed=0, scope=None",
    "Code": "parent='', definition='', include='', exclude='', example='', colour='', codable=True, guid=''",
    "Codebook": "name='codebook', version='1', changes=()",
    "Codebook.from_frame": "name='codebook', version='1'",
    "Codebook.ready": "name='palermo-protocol'",
    "Codebook.revised": "renamed=None, joined=None, split=None, gone=(), added=()",
    "CodedDifference": "bootstrap=1000, level=0.95, seed=0, scope=None",
    "CodedMaterial": "report=()",
    "CodedSegments.case_matrix": "values='any'",
    "CodedSegments.from_frame": "document='document', start='start', end='end', code='code', coder='coder', memo=None, texts=None, codebook=None, merge_names=False",
    "CodedSegments.ratings": "units='segment', code=None",
    "ComparativeRobustness": "shape='logistic', consistency=(0.8,), cases=(1,), solution='parsimonious', negated=False, expected=None, exclude='none'",
    "Cooccurrence": "codes=None, false_discoveries=0.05, level=0.95, scope=None",
    "DawidSkene": "bootstrap=200, merge_names=False, level=0.95, seed=0, scope=None",
    "ExtractionQuality": "document='document', code='code', suggested='suggested', confirmed='confirmed', level=0.95, scope=None",
    "JointDisplay": "agreement=None, person='person', code='code', quote=None, level=0.95, scope=None",
    "Keyness": "language=None, stop=True, least=5, level=0.05, chinese='bigrams', shortest=2, scope=None",
    "Legend.load": "passphrase=None",
    "Legend.save": "passphrase=None",
    "ProcessTracing": "evidence='evidence', width=0.0",
    "Pseudonymised": "_frozen=('texts', 'languages')",
    "QdaProject.build": "name='project', cases=None",
    "QdaProject.from_parts": "strict=True, offsets='auto'",
    "QualitativeComparative": "negated=False, consistency=0.8, pri=0.0, cases=1, solution='intermediate', expected=None, exclude='none', scope=None",
    "Saturation": "base=4, run=2, threshold=0.05, codes=None, orders=1000, level=0.95, seed=0, scope=None",
    "ThemeRichness": "method='chao2', codes=None, frequency=None, interviews=None, bootstrap=200, level=0.95, seed=0, scope=None",
    "TopicModel": "topics=10, method='nmf', language=None, stop=True, least=5, starts=10, top=10, chinese='bigrams', shortest=2, seed=0, scope=None",
    "UnitisingAgreement": "coder='coder', code='code', start='start', end='end', document=None, length=None, bootstrap=1000, level=0.95, seed=0, scope=None",
    "agreement": "statistic='krippendorff'",
    "calibrate": "shape='logistic', degree=0.95",
    "case_clusters": "codes=None",
    "check_quotes": "language='auto', released=None, theme=None, least=5, run=6",
    "code_timeline": "codes=None",
    "coding_page": "name='coding', units='sentence', segments=None, language='en'",
    "double_coding": "coders=2, level=0.95",
    "find_thresholds": "n=1",
    "keyword_in_context": "document=None, width=40",
    "pseudonymise": "language='auto', key=None, legend=None, known=None, keep=()",
    "read_coded_table": "texts=None, codebook=None, merge_names=False",
    "read_qdpx": "strict=True, offsets='auto', most_bytes=1000000000",
    "read_taguette": "project=None, coder='unknown'",
    "suggest_elements": "document=None",
    "tokenise": "language=None, chinese='bigrams', shortest=1, drop=()",
    "typology": "least=5",
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_stays_what_it_was(name):
    assert defaults_of(attrgetter(name)(qualitative)) == DEFAULTS[name]
