// The function app's own account: the host's locks, the package, the queue, and the lock of each track.

@description('Name of the account.')
param name string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The queue.')
param queueName string

@description('Whether the account is reached through the virtual network alone.')
param privateNetworking bool

var packageContainer = 'app-package'

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowCrossTenantReplication: false
    // Without a virtual network the app has no address of its own that a firewall could let in.
    publicNetworkAccess: privateNetworking ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: privateNetworking ? 'Deny' : 'Allow'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
    }

    // It must be there before the first package is deployed.
    resource package 'containers' = {
      name: packageContainer
      properties: { publicAccess: 'None' }
    }
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource work 'queues' = {
      name: queueName
    }

    resource poison 'queues' = {
      name: '${queueName}-poison'
    }
  }
}

@description('Resource id of the account.')
output id string = storage.id

@description('Name of the account.')
output name string = storage.name

@description('Address of the container of the package.')
output packageContainerUrl string = '${storage.properties.primaryEndpoints.blob}${packageContainer}'

@description('Name of the poison queue.')
output poisonQueueName string = '${queueName}-poison'
