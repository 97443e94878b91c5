// Six alerts, each with its paragraph in docs/runbook.md.
//
// What they can see: the host writes one request for each invocation (AppRequests), and one trace for each line that the
// app logs in an invocation (AppTraces, once, with its level). What the app prints when it starts are traces too (category
// Host.Function.Console), with level and class in front of the line. The queries fit both: they look for a text in the
// line, and count times or tracks, not lines.

@description('The region; that of the workspace.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Name of the storage account.')
param storageName string

@description('The queue.')
param queueName string

@description('Name of the function app, under which its telemetry stands.')
param appName string

@description('The address of docs/runbook.md.')
param runbookUrl string

@description('Who is written to.')
param emails array

@description('Whether the alerts are on.')
param enabled bool

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource queues 'queueServices' existing = {
    name: 'default'
  }
}

// One row for each message that is put on a queue: the only thing that tells of the poison queue by its name.
resource queueWrites 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'queue-writes'
  scope: storage::queues
  properties: {
    workspaceId: workspace.id
    logs: [
      { category: 'StorageWrite', enabled: true }
    ]
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: 'ag-${appName}'
  location: 'Global'
  tags: tags
  properties: {
    groupShortName: 'itbranches'
    enabled: true
    emailReceivers: [for (address, i) in emails: {
      name: 'email-${i}'
      emailAddress: address
      useCommonAlertSchema: true
    }]
  }
}

var rules = [
  {
    key: 'poison'
    title: 'A message was poisoned'
    anchor: 'a-message-was-poisoned'
    severity: 2
    window: 'PT30M'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
    // An event, not a state: it is not resolved because half an hour has passed.
    resolves: false
    query: join([
      'union isfuzzy=true'
      '(StorageQueueLogs | where AccountName =~ "${storageName}" and OperationName == "PutMessage" and Uri contains "/${queueName}-poison/" | project TimeGenerated),'
      '(AppTraces | where AppRoleName =~ "${appName}" and Message has "Moving message to queue" | project TimeGenerated),'
      '(AppTraces | where AppRoleName =~ "${appName}" and Message has "goes to the poison queue" | project TimeGenerated)'
      '| summarize n = count()'
    ], '\n')
  }
  {
    key: 'poll'
    title: 'PollIterations fails'
    anchor: 'polliterations-fails'
    severity: 2
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 2
    dimensions: []
    resolves: true
    query: join([
      'AppRequests'
      '| where AppRoleName =~ "${appName}" and OperationName == "PollIterations" and Success == false'
      '| summarize n = sum(ItemCount)'
    ], '\n')
  }
  {
    key: 'provision'
    title: 'ProvisionBranch fails'
    anchor: 'provisionbranch-fails'
    severity: 2
    window: 'PT30M'
    operator: 'GreaterThan'
    threshold: 4
    dimensions: []
    resolves: true
    query: join([
      'AppRequests'
      '| where AppRoleName =~ "${appName}" and OperationName == "ProvisionBranch" and Success == false'
      '| summarize n = sum(ItemCount)'
    ], '\n')
  }
  {
    key: 'track'
    title: 'A track has failed for an hour'
    anchor: 'a-track-has-failed-for-an-hour'
    severity: 2
    window: 'PT1H'
    // In each quarter of the hour; one alert for each track.
    operator: 'GreaterThanOrEqual'
    threshold: 4
    dimensions: [
      { name: 'Track', operator: 'Include', values: ['*'] }
    ]
    resolves: true
    query: join([
      'AppTraces'
      '| where AppRoleName =~ "${appName}"'
      '| extend Track = extract("([A-Za-z0-9]+): (the poll failed|the look failed|the track is off|a person is needed): ", 1, Message)'
      '| where isnotempty(Track)'
      '| summarize n = dcount(bin(TimeGenerated, 15m)) by Track'
    ], '\n')
  }
  {
    key: 'unread'
    title: 'The queue is not read'
    anchor: 'the-queue-is-not-read'
    severity: 2
    window: 'PT1H'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
    resolves: true
    // A poll says how many looks it has put on the queue, and warns of each that waits; one of a quarter of an hour ago has been taken, if anybody takes them.
    query: join([
      'union isfuzzy=true'
      '(AppTraces | where AppRoleName =~ "${appName}" and TimeGenerated < ago(15m) | where Message matches regex "Polled [0-9]+ tracks: [1-9][0-9]* to look at" or Message has "has not begun: nobody reads the queue" | project Asked = 1, Ran = 0),'
      '(AppRequests | where AppRoleName =~ "${appName}" and OperationName == "ProvisionBranch" | project Asked = 0, Ran = 1)'
      '| summarize Asked = sum(Asked), Ran = sum(Ran)'
      '| summarize n = countif(Asked > 0 and Ran == 0)'
    ], '\n')
  }
  {
    key: 'silent'
    title: 'No poll for an hour'
    anchor: 'no-poll-for-an-hour'
    severity: 1
    window: 'PT1H'
    // Without "by" there is a row even when there is nothing to count; a poll that failed is one.
    operator: 'LessThan'
    threshold: 1
    dimensions: []
    resolves: true
    query: join([
      'AppRequests'
      '| where AppRoleName =~ "${appName}" and OperationName == "PollIterations"'
      '| summarize n = count()'
    ], '\n')
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: '${rule.key}-${appName}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${rule.title} (${appName})'
    description: 'What it means and what to do: ${runbookUrl}#${rule.anchor}'
    severity: rule.severity
    enabled: enabled
    scopes: [workspace.id]
    evaluationFrequency: 'PT15M'
    windowSize: rule.window
    criteria: {
      allOf: [
        {
          query: rule.query
          metricMeasureColumn: 'n'
          timeAggregation: 'Maximum'
          dimensions: rule.dimensions
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: rule.resolves
    muteActionsDuration: rule.resolves ? null : 'PT1H'
    // A new workspace has none of these tables yet.
    skipQueryValidation: true
    actions: {
      actionGroups: empty(emails) ? [] : [people.id]
      customProperties: { runbook: '${runbookUrl}#${rule.anchor}' }
    }
  }
  dependsOn: [queueWrites]
}]
