-- Written like 08:30, times compare as texts. A shift through the night is two rows.
select place
from {{ ref('policy__opening_hours') }}
where
    closes <= opens
    or length(opens) <> 5
    or length(closes) <> 5
    or closes > '24:00'
