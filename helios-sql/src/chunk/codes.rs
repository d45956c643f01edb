//! Texts by numbers: each row of a column has the number of its text among those of the column.

/// The codes of a column of few texts, in the order in which these come first.
#[derive(Debug)]
pub struct Codes {
    /// The code of each row; nothing where there are more texts than codes.
    rows: Option<Box<[u8]>>,
    /// The first row of each code.
    firsts: Vec<u32>,
}

impl Codes {
    /// The codes of rows of which each has the number of a group: two have the same number if their texts, or what
    /// stands there in place of one, are the same.
    pub fn of_groups(groups: &[u32]) -> Codes {
        let least = groups.iter().copied().min().unwrap_or_default();
        let most = groups.iter().copied().max().unwrap_or_default();
        let too_many = Codes { rows: None, firsts: Vec::new() };
        // Groups of other columns lie between those of this one: where they are many, that is not worth it either.
        if (most - least) as usize >= MOST_GROUPS {
            return too_many;
        }
        let mut code_of: Vec<Option<u8>> = vec![None; (most - least) as usize + 1];
        let (mut rows, mut firsts) = (Vec::with_capacity(groups.len()), Vec::new());
        for (row, group) in groups.iter().enumerate() {
            let code = &mut code_of[(group - least) as usize];
            if code.is_none() {
                let Ok(new) = u8::try_from(firsts.len()) else { return too_many };
                firsts.push(row as u32);
                *code = Some(new);
            }
            rows.extend(*code);
        }
        Codes { rows: Some(rows.into()), firsts }
    }

    /// The code of each row, and the first row of each code; nothing where there are too many texts.
    pub fn get(&self) -> Option<(&[u8], &[u32])> {
        self.rows.as_deref().map(|rows| (rows, &self.firsts[..]))
    }
}

/// The numbers of the groups of a column lie within so many.
const MOST_GROUPS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_the_order_of_first_rows() {
        let codes = Codes::of_groups(&[7, 5, 7, 9, 5]);
        assert_eq!(codes.get(), Some((&[0, 1, 0, 2, 1][..], &[0, 1, 3][..])));
        assert_eq!(Codes::of_groups(&[]).get(), Some((&[][..], &[][..])));
    }

    #[test]
    fn there_are_no_more_than_256() {
        let groups: Vec<u32> = (10..266).collect();
        assert_eq!(
            Codes::of_groups(&groups).get().map(|(rows, firsts)| (rows.len(), firsts.len())),
            Some((256, 256))
        );
        let groups: Vec<u32> = (10..267).collect();
        assert_eq!(Codes::of_groups(&groups).get(), None);
        assert_eq!(Codes::of_groups(&[0, u32::MAX]).get(), None);
    }
}
