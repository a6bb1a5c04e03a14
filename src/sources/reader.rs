//! The read call as the sources see it, and the count of what it cost.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::Instrument as _;

use crate::aws::{self, ActionSet, Aws, ReadFailure, ReadOperation, ReadRequest, ReadResponse};
use crate::model::{AccountId, Fault, FaultKind, Json, Meter, Region};
use crate::sources::budget::UnitBytes;

/// What makes the calls: AWS, or whoever answers in its place in a test.
#[async_trait]
pub trait Reader: Send + Sync {
    /// The operation, if the allow-list lets it through.
    fn read_operation(&self, id: &str) -> Option<ReadOperation>;

    async fn read(&self, request: ReadRequest<'_>) -> Result<ReadResponse, ReadFailure>;
}

#[async_trait]
impl Reader for Aws {
    fn read_operation(&self, id: &str) -> Option<ReadOperation> {
        Aws::read_operation(self, id)
    }

    async fn read(&self, request: ReadRequest<'_>) -> Result<ReadResponse, ReadFailure> {
        Aws::read(self, request).await
    }
}

/// Makes the calls of one unit, on its meter.
#[derive(Clone)]
pub struct Asker {
    reader: Arc<dyn Reader>,
    account: AccountId,
    actions: ActionSet,
    meter: Arc<Meter>,
    bytes: UnitBytes,
}

/// A call that has set out.
pub struct Started {
    task: Task<Result<ReadResponse, ReadFailure>>,
    operation: String,
}

impl Asker {
    pub fn new(
        reader: Arc<dyn Reader>,
        account: AccountId,
        actions: ActionSet,
        meter: Arc<Meter>,
        bytes: UnitBytes,
    ) -> Self {
        Self { reader, account, actions, meter, bytes }
    }

    /// What the unit holds of the byte budget.
    pub fn bytes(&self) -> &UnitBytes {
        &self.bytes
    }

    /// Waits until there is room for one more response.
    pub async fn room(&self) {
        if !self.bytes.has_room() {
            let _wait = self.meter.waiting.start();
            self.bytes.room().await;
        }
    }

    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// What the unit is counted on.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// A call that depends on nobody who waits for it.
    pub fn call(
        &self,
        region: &Region,
        operation: &ReadOperation,
        input: Json,
    ) -> impl Future<Output = Result<ReadResponse, ReadFailure>> + Send + 'static {
        let (reader, account, actions) = (self.reader.clone(), self.account.clone(), self.actions.clone());
        let (region, operation) = (region.clone(), operation.clone());
        let read = async move {
            let request = ReadRequest {
                account: &account,
                region: &region,
                operation: &operation,
                input: &input,
                actions: &actions,
            };
            reader.read(request).await
        };
        aws::metered(self.meter.clone(), read.in_current_span())
    }

    /// Sets out for one page. The call goes on by itself, and is given up where nobody waits for it.
    pub fn start(&self, region: &Region, operation: &ReadOperation, input: Json) -> Started {
        // A task of its own: streams leave calls unpolled while their consumer is busy, and a call
        // left half made would keep the permit or the session that the consumer waits for.
        let read = tokio::spawn(self.call(region, operation, input));
        Started { task: Task(read), operation: operation.operation.id() }
    }

    /// The answer, and the bytes it came in.
    pub async fn finish(&self, mut started: Started) -> Result<(Json, u64), Fault> {
        let answer = (&mut started.task.0).await.unwrap_or_else(|error| {
            let fault = Fault::new(FaultKind::BadResponse, format!("the call was lost: {error}"));
            Err(ReadFailure { fault, calls: 0 })
        });
        match answer {
            Ok(response) => {
                self.meter.called(0, response.bytes);
                Ok((response.output, response.bytes))
            }
            Err(failure) => Err(failure.fault.in_operation(started.operation)),
        }
    }
}

/// A call under way; given up when nobody waits for it any more.
struct Task<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A reader for tests: the catalog's operations, answered by a function.
#[cfg(test)]
pub mod fake {
    use std::sync::LazyLock;

    use parking_lot::Mutex;

    use super::*;
    use crate::org::tests::{aws, settings};

    /// Asked only which operations may be called.
    static AWS: LazyLock<Aws> = LazyLock::new(|| aws(settings(), |_, _| Err("nobody asks")));

    type Answer = dyn Fn(&str, &Region, &Json) -> Result<Json, Fault> + Send + Sync;

    pub struct FakeReader {
        answer: Box<Answer>,
        /// `operation region input`, in the order of arrival.
        pub asked: Mutex<Vec<String>>,
    }

    impl FakeReader {
        pub fn new(
            answer: impl Fn(&str, &Region, &Json) -> Result<Json, Fault> + Send + Sync + 'static,
        ) -> Arc<Self> {
            Arc::new(Self { answer: Box::new(answer), asked: Mutex::default() })
        }

        /// Answers each operation with the same JSON text every time.
        pub fn fixed(answers: &[(&'static str, &'static str)]) -> Arc<Self> {
            let answers = answers.to_vec();
            Self::new(move |operation, _, _| {
                let (_, text) = answers
                    .iter()
                    .find(|(id, _)| *id == operation)
                    .unwrap_or_else(|| panic!("nobody expects {operation}"));
                Ok(Json::parse(text).unwrap())
            })
        }
    }

    #[async_trait]
    impl Reader for FakeReader {
        fn read_operation(&self, id: &str) -> Option<ReadOperation> {
            AWS.read_operation(id)
        }

        async fn read(&self, request: ReadRequest<'_>) -> Result<ReadResponse, ReadFailure> {
            let id = request.operation.operation.id();
            self.asked.lock().push(format!("{id} {} {}", request.region, request.input.to_json()));
            aws::count_attempt(&request.operation.operation.id());
            tokio::task::yield_now().await;
            match (self.answer)(&id, request.region, request.input) {
                Ok(output) => Ok(ReadResponse { bytes: output.to_json().len() as u64, output, calls: 1 }),
                Err(fault) => Err(ReadFailure { fault, calls: 1 }),
            }
        }
    }
}
