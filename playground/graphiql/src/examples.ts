// The first tabs. Each runs as it stands once somebody has signed in, in any order and as often as one likes.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new id of a kind of object: a UUIDv7 in the form of a TypeID. Clients may choose the ids of what they create. */
function newId(kind: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let place = 0; place < 6; place++) bytes[place] = Math.floor(now / 2 ** (8 * (5 - place))) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  let rest = bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  let text = "";
  for (let place = 0; place < 26; place++) {
    text = ALPHABET.charAt(Number(rest % 32n)) + text;
    rest /= 32n;
  }
  return `${kind}_${text}`;
}

const json = (value: unknown) => JSON.stringify(value, null, 2);

const WHO_AM_I = `# Make an account on the left. Then come here and press Ctrl-Enter, or the button beside this text.
query WhoAmI {
  me {
    id
    email
    name
    createdAt
  }
  signIns {
    createdAt
    userAgent
  }
}
`;

const CREATE_TASK = `# The id is the client's choice. Send this as often as you like: the task is made once.
mutation CreateTask($input: CreateTaskInput!) {
  createTask(input: $input) {
    task {
      id
      title
      priority
      dueAt
      version
    }
    cursor
  }
}
`;

const OPEN_TASKS = `# Pages go by cursor: give "after" the endCursor of the page before.
query OpenTasks($filter: TaskFilter, $orderBy: TaskOrder, $after: String) {
  tasks(first: 10, filter: $filter, orderBy: $orderBy, after: $after) {
    totalCount
    nodes {
      id
      title
      priority
      dueAt
      tags {
        name
        color
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const FINISH_TASK = `mutation FinishTask($task: CreateTaskInput!, $change: UpdateTaskInput!) {
  # Once there, the task is answered as it is.
  createTask(input: $task) {
    task {
      id
      version
    }
  }
  # Refused with CONFLICT unless the task has the expected version. Run it twice to see that.
  updateTask(input: $change) {
    task {
      title
      completed
      completedAt
      version
    }
  }
}
`;

const FOLLOW = `# Run this, then create a task in another tab of your browser, where you are signed in as well.
# The button stops it.
subscription Follow {
  changes {
    cursor
    kind
    nodeId
    at
    node {
      ... on Task {
        title
        completed
        version
      }
      ... on Tag {
        name
      }
    }
  }
}
`;

const CATCH_UP = `# All that there is, as a copy begins with it. With the last endCursor as "after": what happened since.
query CatchUp($after: String) {
  changes(first: 100, after: $after) {
    nodes {
      kind
      nodeId
      node {
        ... on Task {
          title
          completed
        }
        ... on Tag {
          name
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

/** Each call has tasks of its own. */
export function examples() {
  const dueAt = new Date(Date.now() + 3 * 24 * 60 * 60 * 1000);
  dueAt.setHours(9, 0, 0, 0);
  const plants = { id: newId("task"), title: "Water the plants", priority: "HIGH", dueAt: dueAt.toISOString() };
  const cat = { id: newId("task"), title: "Feed the cat" };
  const filter = { completed: false, priority: ["NORMAL", "HIGH", "URGENT"] };
  return [
    { query: WHO_AM_I },
    { query: CREATE_TASK, variables: json({ input: plants }) },
    { query: OPEN_TASKS, variables: json({ filter, orderBy: { field: "DUE_AT", direction: "ASC" }, after: null }) },
    { query: FINISH_TASK, variables: json({ task: cat, change: { id: cat.id, expectedVersion: 1, completed: true } }) },
    { query: FOLLOW },
    { query: CATCH_UP, variables: json({ after: null }) },
  ];
}
