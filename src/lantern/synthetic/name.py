"""Short lists of ordinary names; any likeness to a person is chance."""

# fmt: off
FORENAMES_M = (
    "Adam", "Aiden", "Alfie", "Ben", "Caleb", "Callum", "Daniel", "Dylan", "Elijah", "Ethan", "Finley", "George",
    "Harvey", "Hassan", "Ibrahim", "Jack", "Jamie", "Jayden", "Joel", "Kai", "Kian", "Leo", "Liam", "Logan", "Luca",
    "Marcus", "Mason", "Mohammed", "Nathan", "Noah", "Oliver", "Owen", "Reuben", "Riley", "Rohan", "Samuel", "Tariq",
    "Theo", "Tomasz", "Zac",
)
FORENAMES_F = (
    "Aisha", "Amelia", "Anya", "Ava", "Bethany", "Chloe", "Daisy", "Elsie", "Emily", "Esme", "Evie", "Fatima",
    "Freya", "Grace", "Hannah", "Holly", "Imani", "Isla", "Jasmine", "Jodie", "Keira", "Layla", "Leah", "Lily",
    "Lola", "Maya", "Megan", "Mia", "Nadia", "Niamh", "Olivia", "Poppy", "Rosie", "Ruby", "Scarlett", "Sienna",
    "Sophie", "Summer", "Zara", "Zoe",
)
SURNAMES = (
    "Abbot", "Ackerley", "Ahmad", "Alderby", "Ashdown", "Atwell", "Balcombe", "Bannister", "Barlow", "Begum",
    "Bellweather", "Birchall", "Blackwood", "Bramley", "Brightwell", "Brookfield", "Burrows", "Calder", "Carrow",
    "Chadwell", "Chaudhry", "Clearwater", "Coldwell", "Copperfield", "Cranmoor", "Crossfield", "Dalby", "Danso",
    "Darrow", "Dunmore", "Eastbrook", "Edgerton", "Ellwood", "Fairbairn", "Fallowfield", "Farrow", "Fenwick",
    "Ferreira", "Firth", "Foxley", "Garside", "Glover", "Greenhalgh", "Greystone", "Hadley", "Halloran", "Harrowgate",
    "Hartwell", "Hawksworth", "Hazelwood", "Heathcote", "Hollis", "Holloway", "Hussain", "Iqbal", "Ironside",
    "Jankowski", "Jessop", "Kaur", "Kestrel", "Kirkby", "Kowalczyk", "Langdale", "Larkspur", "Linwood", "Lockhart",
    "Longbottom", "Mabey", "Marchbank", "Marlow", "Mayfield", "Meadowcroft", "Mensah", "Merriweather", "Middlemass",
    "Moorhouse", "Netherton", "Nightingale", "Norwood", "Nowak", "O'Dowd", "O'Neill-Smith", "Oakley", "Okafor",
    "Ormerod", "Osei", "Otterburn", "Palfrey", "Patel", "Pemberton", "Penhallow", "Pickering", "Quarmby", "Radcliffe",
    "Ravenscroft", "Redfern", "Rookwood", "Rowntree", "Sandford", "Saxby", "Shah", "Silverdale", "Skelton",
    "Stainforth", "Stirling", "Summerby", "Swithin", "Tattersall", "Thackeray", "Thistlewood", "Tolliver", "Underhill",
    "Varga", "Wainwright", "Weatherby", "Wetherell", "Whitlock", "Winterbourne", "Woodhall", "Yardley",
)
KNOWN_AS = {
    "Benjamin": "Ben", "Bethany": "Beth", "Callum": "Cal", "Daniel": "Danny", "Elijah": "Eli", "Emily": "Em",
    "Ethan": "Eth", "Finley": "Fin", "Freya": "Frey", "Hannah": "Han", "Harvey": "Harv", "Ibrahim": "Ibby",
    "Isla": "Izzy", "Jamie": "James", "Jasmine": "Jas", "Jayden": "Jay", "Jodie": "Jo", "Liam": "William",
    "Mason": "Mase", "Megan": "Meg", "Mohammed": "Mo", "Nathan": "Nate", "Oliver": "Ollie", "Olivia": "Liv",
    "Poppy": "Pops", "Reuben": "Ben", "Samuel": "Sam", "Scarlett": "Scar", "Sophie": "Soph", "Theo": "Theodore",
    "Tomasz": "Tom", "Zac": "Zachary", "Zoe": "Zoey",
}
COMMENTS = (
    "Spoke to mother, call back agreed.", 'Father said "all fine" on the phone.', "See note of visit.",
    "Neighbour rang twice.", "Teacher worried about Monday mornings.", "",
)
# fmt: on
"""Free text as workers type it; one has quotation marks, which breaks the blob it is put into."""
QUOTED = COMMENTS[1]
