import "graphiql/setup-workers/vite";
// The style sheet that GraphiQL's documentation names holds Monaco's a second time, with fonts in data: URLs.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./style.css";
import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { ACCOUNT_PLUGIN } from "./account/plugin";
import { Editors } from "./Editors";
import { examples } from "./examples";
import { fetcher } from "./fetcher";
import { storage } from "./storage";

function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      // Null keeps nothing, whatever the type says.
      storage={storage() as Storage}
      defaultTabs={examples()}
      defaultEditorToolsVisibility
      plugins={[HISTORY_PLUGIN, ACCOUNT_PLUGIN]}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      visiblePlugin={ACCOUNT_PLUGIN}
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>
        <a className="home" href="../">
          Taskward
        </a>
      </GraphiQL.Logo>
      <Editors />
    </GraphiQL>
  );
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<Playground />);
