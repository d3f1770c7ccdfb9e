//! Rows for `copy … from stdin (format binary)` (Postgres docs: COPY, Binary Format).
//!
//! The writer adds thousands of rows a second. As JSON in a parameter, each value would be parsed twice.

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArgumentBuffer;
use sqlx::{PgConnection, Postgres};

/// The signature, no flags, and no extension of the header.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The number of fields that ends the data.
const TRAILER: i16 = -1;

/// The length of a field that is null.
const NULL: i32 = -1;

/// The rows of one `copy`.
pub(super) struct CopyRows {
    buffer: PgArgumentBuffer,
    columns: i16,
}

impl CopyRows {
    /// No rows. Each will have that many fields.
    pub(super) fn new(columns: i16) -> Self {
        let mut buffer = PgArgumentBuffer::default();
        buffer.extend_from_slice(HEADER);
        Self { buffer, columns }
    }

    /// Begins a row. Its fields follow, in the order of the columns.
    pub(super) fn begin_row(&mut self) {
        self.buffer.extend_from_slice(&self.columns.to_be_bytes());
    }

    /// Adds a field.
    ///
    /// # Errors
    /// When the value can't be encoded.
    pub(super) fn field<'q>(
        &mut self,
        value: impl Encode<'q, Postgres>,
    ) -> Result<(), BoxDynError> {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&NULL.to_be_bytes());
        if let IsNull::No = value.encode(&mut self.buffer)? {
            let length = i32::try_from(self.buffer.len() - start - NULL.to_be_bytes().len())?;
            self.buffer[start..start + NULL.to_be_bytes().len()]
                .copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }

    /// Adds a field whose binary format is an unsigned number, such as `pg_lsn`.
    pub(super) fn number(&mut self, value: u64) {
        let bytes = value.to_be_bytes();
        self.buffer.extend_from_slice(&8_i32.to_be_bytes());
        self.buffer.extend_from_slice(&bytes);
    }

    /// Sends all rows. `statement` is the `copy` with as many columns as the rows have fields.
    ///
    /// # Errors
    /// When the database refuses a row; none is then inserted.
    pub(super) async fn send(
        mut self,
        connection: &mut PgConnection,
        statement: &str,
    ) -> Result<(), sqlx::Error> {
        self.buffer.extend_from_slice(&TRAILER.to_be_bytes());
        let mut copy = connection.copy_in_raw(statement).await?;
        copy.send(&self.buffer[..]).await?;
        copy.finish().await?;
        Ok(())
    }
}
