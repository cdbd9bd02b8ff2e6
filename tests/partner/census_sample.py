"""One child of a census, and a census file made of such children: what the census tests share."""

from pathlib import Path

CHILD = """
<Child>
  <ChildIdentifiers><LAchildID>P1</LAchildID><UPN>B801200005001</UPN>
    <PersonBirthDate>2015-03-07</PersonBirthDate><GenderCurrent>2</GenderCurrent></ChildIdentifiers>
  <ChildCharacteristics><Ethnicity>AIND</Ethnicity>
    <Disabilities><Disability>NONE</Disability></Disabilities></ChildCharacteristics>
  <CINdetails>
    <CINreferralDate>2023-05-02</CINreferralDate><ReferralSource>2A</ReferralSource>
    <PrimaryNeedCode>N1</PrimaryNeedCode>
    <Assessments><AssessmentActualStartDate>2023-05-03</AssessmentActualStartDate>
      <AssessmentAuthorisationDate>2023-06-20</AssessmentAuthorisationDate>
      <FactorsIdentifiedAtAssessment><AssessmentFactors>4B</AssessmentFactors>
        <AssessmentFactors>2B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
    <Section47><S47ActualStartDate>2023-05-04</S47ActualStartDate>
      <DateOfInitialCPC>2023-05-25</DateOfInitialCPC><ICPCnotRequired>0</ICPCnotRequired></Section47>
    <ReferralNFA>0</ReferralNFA>
    <ChildProtectionPlans><CPPstartDate>2023-05-25</CPPstartDate>
      <InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse>
      <NumberOfPreviousCPP>1</NumberOfPreviousCPP>
      <Reviews><CPPreviewDate>2023-08-20</CPPreviewDate></Reviews></ChildProtectionPlans>
  </CINdetails>
</Child>
"""


def census(path: Path, *children: str, year: int = 2024, before: str = "") -> Path:
    path.write_text(
        f"{before}<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>{year}</Year>"
        f"<ReferenceDate>{year}-03-31</ReferenceDate></CollectionDetails></Header>"
        f"<Children>{''.join(children)}</Children></Message>"
    )
    return path
