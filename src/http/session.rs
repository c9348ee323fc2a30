//! What the operations of one HTTP request have in common.

use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use tokio::sync::OwnedSemaphorePermit;

use super::api::Api;
use super::document::{Asker, Document, Operation};
use super::rejection::Rejection;
use super::request_id::RequestId;
use super::roots;
use crate::graphql::{ErrorCode, ONCE};

/// On whose behalf operations run, and under which name.
pub(super) struct Session<'a, A: Api> {
    pub(super) caller: A::Caller,
    pub(super) asker: Asker,
    /// Kept until the last mutation is done, which may be after the answer.
    pub(super) place: Arc<OwnedSemaphorePermit>,
    /// When its time is up.
    pub(super) deadline: Instant,
    /// Only queries may run.
    pub(super) is_safe: bool,
    /// What operations before this one tried, of what a request may try once.
    pub(super) tried: Vec<&'static str>,
    /// What the operations so far cost, in rows: a list of them may cost no more than one.
    pub(super) spent: u64,
    /// Bytes that came.
    pub(super) size: usize,
    pub(super) id: &'a RequestId,
}

impl<A: Api> Session<'_, A> {
    /// Refuses an operation that tries what one before it tried. Of what stands twice in itself the document knows.
    pub(super) fn try_once(
        &mut self,
        document: &Document,
        operation: &Operation<'_>,
    ) -> Result<(), Rejection> {
        if operation.kind != OperationType::Mutation {
            return Ok(());
        }
        let fields = roots::all(document.parsed(), &operation.definition.selection_set.node);
        let names = fields.iter().map(|field| field.node.name.node.as_str());
        let tries = names.filter_map(|name| ONCE.into_iter().find(|once| *once == name));
        for field in tries {
            if self.tried.contains(&field) {
                let message = format!("The list asks for \"{field}\" twice, once is allowed in a request.");
                return Err(Rejection::bad_query(ErrorCode::QueryTooComplex, message));
            }
            self.tried.push(field);
        }
        Ok(())
    }
}
