// Draws the board in /board.json by Perses' own packages; nothing here draws.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router-dom';
import { ThemeProvider } from '@mui/material';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { QueryParamProvider } from 'use-query-params';
import { ReactRouter6Adapter } from 'use-query-params/adapters/react-router-6';
import { ChartsProvider, SnackbarProvider, generateChartsTheme, getTheme } from '@perses-dev/components';
import { PluginRegistry, dynamicImportPluginLoader } from '@perses-dev/plugin-system';
import { ViewDashboard } from '@perses-dev/dashboards';
import * as prometheus from '@perses-dev/prometheus-plugin';
import * as stat from '@perses-dev/stat-chart-plugin';
import * as status from '@perses-dev/status-history-chart-plugin';
import * as table from '@perses-dev/table-plugin';
import * as series from '@perses-dev/timeseries-chart-plugin';

const plugin = (module) => ({ resource: module.getPluginModule(), importPlugin: () => Promise.resolve(module) });
const loader = dynamicImportPluginLoader([prometheus, stat, status, table, series].map(plugin));
const theme = getTheme('light');
const charts = generateChartsTheme(theme, {});
const client = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false, retry: false } } });

function Page({ board }) {
  const source = { kind: 'GlobalDatasource', metadata: { name: 'prometheus' }, spec: { default: true, plugin: { kind: 'PrometheusDatasource', spec: { directUrl: '/prometheus' } } } };
  const api = {
    getDatasource: () => Promise.resolve(undefined), getGlobalDatasource: () => Promise.resolve(source),
    listDatasources: () => Promise.resolve([]), listGlobalDatasources: () => Promise.resolve([source]),
  };
  return <ViewDashboard dashboardResource={board} datasourceApi={api} isReadonly isVariableEnabled={false} isDatasourceEnabled={false} />;
}

fetch('/board.json').then((reply) => reply.json()).then((board) => createRoot(document.getElementById('root')).render(
  <BrowserRouter>
    <QueryParamProvider adapter={ReactRouter6Adapter}>
      <ThemeProvider theme={theme}>
        <ChartsProvider chartsTheme={charts}>
          <SnackbarProvider>
            <QueryClientProvider client={client}>
              <PluginRegistry pluginLoader={loader} defaultPluginKinds={{ Panel: 'TimeSeriesChart', TimeSeriesQuery: 'PrometheusTimeSeriesQuery' }}>
                <Page board={board} />
              </PluginRegistry>
            </QueryClientProvider>
          </SnackbarProvider>
        </ChartsProvider>
      </ThemeProvider>
    </QueryParamProvider>
  </BrowserRouter>
));
